import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { mutated } from "../../endure/fuzz/mutate.js";
import { feedSurface, surfaces } from "../../endure/fuzz.js";
import { RandomStream } from "../../src/core/index.js";

/** A few of each; the many are `npm run endure fuzz`. The daemon of `http` takes seconds to start. */
const counts: Readonly<Record<string, number>> = { http: 40, "rig-server": 60, stdio: 150, config: 60 };

describe("fuzz", { timeout: 120_000 }, () => {
  it.each(Object.keys(surfaces))("%s bears damaged and random input", async (name) => {
    const out = mkdtempSync(join(tmpdir(), "stedloop-fuzz-test-"));
    const { cases, failures } = await feedSurface(name, 77, counts[name] ?? 500, out);
    expect(failures).toEqual([]);
    expect(cases).toBe(counts[name] ?? 500);
  });

  it("feeds the same bytes for the same seed and case", () => {
    const sound = Uint8Array.from({ length: 50 }, (_, i) => i);
    const feed = (k: number) => mutated(sound, RandomStream.of(3, "fuzz", "x", k));
    expect(feed(5)).toEqual(feed(5));
    expect(feed(5)).not.toEqual(feed(6));
  });
});

describe("what fuzzing found", () => {
  it("a configuration with bytes, sets or an alias of itself is an error of one short line", async () => {
    const { checkYaml } = await import("../../src/config/index.js");
    const { z } = await import("zod");
    const schema = z.strictObject({ limits: z.strictObject({ max: z.number() }) });
    const fault = (text: string): string => {
      try {
        checkYaml(text, "c.yaml", schema);
      } catch (thrown) {
        return (thrown as Error).message;
      }
      return "";
    };
    for (const text of [
      "limits: !!binary x",
      "limits: !!set {a, b}",
      "limits: &x [*x]",
      "limits: a\nb c\n: d\n[e\n- f",
    ]) {
      expect(fault(text), text).not.toBe("");
      expect(fault(text).length, text).toBeLessThan(400);
    }
  });
});
