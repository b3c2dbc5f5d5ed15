import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RandomStream } from "../../src/core/index.js";

describe("named streams", () => {
  it("give the same numbers for the same name on every machine", () => {
    const stream = RandomStream.of(7, "photons", 3);
    // Frozen once: a change here means that no stored run replays any more.
    expect([stream.uint32(), stream.uint32(), stream.uint32()]).toMatchInlineSnapshot(`
      [
        618381331,
        641331323,
        1691650398,
      ]
    `);
  });

  it("differ by seed and by name", () => {
    const first = (seed: number, ...names: string[]): number => RandomStream.of(seed, ...names).uint32();
    const draws = [
      first(1, "a"),
      first(2, "a"),
      first(1, "b"),
      first(1, "a", "b"),
      first(1, "ab"),
      first(-1, "a"),
    ];
    expect(new Set(draws).size).toBe(draws.length);
  });

  it("go on after a save exactly where they were", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 0, max: 50 }), (seed, skip) => {
        const a = RandomStream.of(seed, "x");
        for (let i = 0; i < skip; i++) a.uint32();
        const b = RandomStream.restore(a.save());
        expect([a.uniform(), a.normal(), a.int(10)]).toEqual([b.uniform(), b.normal(), b.int(10)]);
      }),
    );
  });

  it("are uniform and normal in mean and variance within 4 standard errors", () => {
    const n = 20_000;
    const stream = RandomStream.of(1, "moments");
    let sum = 0;
    let normalSum = 0;
    let squares = 0;
    for (let i = 0; i < n; i++) {
      sum += stream.uniform();
      const z = stream.normal();
      normalSum += z;
      squares += z * z;
    }
    expect(Math.abs(sum / n - 0.5)).toBeLessThan(4 * Math.sqrt(1 / 12 / n));
    expect(Math.abs(normalSum / n)).toBeLessThan(4 / Math.sqrt(n));
    expect(Math.abs(squares / n - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
  });

  it("shuffle keeps every item once", () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.integer(), (items, seed) => {
        const shuffled = RandomStream.of(seed, "s").shuffle(items);
        expect([...shuffled].sort()).toEqual([...items].sort());
      }),
    );
  });
});
