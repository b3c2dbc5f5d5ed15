import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { problemNamed } from "../../bench/optimiser-problems-shared.js";

interface Golden {
  readonly problems: Record<
    string,
    { readonly u: number[][]; readonly f: number[][]; readonly z: number[]; readonly observed_u0: number[] }
  >;
}
const golden = JSON.parse(readFileSync(join(import.meta.dirname, "fixtures/golden.json"), "utf8")) as Golden;

describe("golden numbers: benchmark problems", () => {
  for (const [name, expected] of Object.entries(golden.problems)) {
    it(name, () => {
      const p = problemNamed(name);
      const close = (found: readonly number[], wanted: readonly number[]): void => {
        wanted.forEach((w, j) => {
          expect(Math.abs((found[j] as number) - w)).toBeLessThanOrEqual(1e-9 * Math.max(1e-3, Math.abs(w)));
        });
      };
      expected.u.forEach((u, i) => {
        close(p.truth(u), expected.f[i] as number[]);
      });
      close(p.observe(expected.u[0] as number[], expected.z), expected.observed_u0);
    });
  }
});
