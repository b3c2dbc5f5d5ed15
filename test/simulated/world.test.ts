import { describe, expect, it } from "vitest";
import { FaultPlan } from "../../drivers/simulated/faults/plan.js";
import { Places, windowOrigin } from "../../drivers/simulated/places.js";
import type { Bundle } from "../../drivers/simulated/sample/molecules.js";
import { structures } from "../../drivers/simulated/sample/structures.js";
import { World } from "../../drivers/simulated/sample/world.js";
import { SimulatedStage } from "../../drivers/simulated/stage.js";

const reachNm = 700;
const place = (world: World, index: number): Bundle[] => {
  const { x, y } = windowOrigin(new Places(world).next(index), 224, 224);
  return world.bundlesIn({
    x0: x - reachNm,
    y0: y - reachNm,
    x1: x + 4480 + reachNm,
    y1: y + 4480 + reachNm,
  });
};
/** Of each bundle a number that every coordinate of every living molecule and their order goes into. */
const positions = (bundles: readonly Bundle[]): number[] =>
  bundles.map(({ molecules: m }) => {
    let sum = m.alive;
    for (let i = 0; i < m.alive; i++) {
      sum = (1.0001 * sum + (m.x[i] as number) + 3 * (m.y[i] as number) + 7 * (m.z[i] as number)) % 1e9;
    }
    return sum;
  });
/** Bleaches every third molecule. */
const bleach = (bundles: readonly Bundle[]): void => {
  for (const { molecules: m } of bundles) {
    let kept = 0;
    for (let i = 0; i < m.alive; i++) {
      if (i % 3 === 1) continue;
      for (const v of [m.x, m.y, m.z]) v[kept] = v[i] as number;
      kept++;
    }
    m.alive = kept;
  }
};
const held = (bundles: Iterable<Bundle>): number => {
  let sum = 0;
  for (const b of bundles) sum += b.held;
  return sum;
};

describe("molecules of places that the stage left", () => {
  it.each(structures)("%s: rested bundles come back as they were, also bleached twice", (structure) => {
    const bundles = place(new World(structure, 3), 0);
    const fresh = positions(bundles);
    for (let round = 0; round < 2; round++) {
      const before = positions(bundles);
      for (const b of bundles) b.rest();
      expect(held(bundles)).toBe(0);
      expect(positions(bundles)).toEqual(before);
      bleach(bundles);
    }
    expect(positions(bundles)).not.toEqual(fresh);
  });

  it("rest when many places were visited, those left longest first, never those of this place", () => {
    const most = 100_000;
    const world = new World("clusters", 1, {}, most);
    const all = new Set<Bundle>();
    const first = place(world, 0);
    positions(first);
    world.idle(first);
    bleach(first);
    const bleached = positions(first);
    for (let index = 1; index < 7; index++) {
      const here = place(world, index);
      const seen = positions(here);
      for (const b of here) all.add(b);
      const own = held(here);
      for (const b of world.idle(here)) b.rest();
      expect(held(here)).toBe(own);
      expect(positions(here)).toEqual(seen);
      expect(held(all)).toBeLessThanOrEqual(Math.max(most, own));
    }
    expect(held(first)).toBe(0);
    expect(positions(first)).toEqual(bleached);
  });
});

describe("a stage", () => {
  it("shows what drifts into view when it stays for hours", () => {
    const options = { structure: "clusters", seed: 2 } as const;
    const stage = new SimulatedStage(options, new FaultPlan({ entries: [], seed: 2, elapsedS: () => 0 }));
    const region = stage.move({ move: "next" });
    const settings = { excitationPowerUw: 0, dwellTimeUs: 100, lineRepeats: 10 };
    const step = { kind: "confocal", settings } as const;
    let drifted = 0;
    for (let frame = 0; frame < 1000 && drifted < 1500; frame++) {
      const { originXNm: x = 0, originYNm: y = 0 } = stage.job(step, region, 224, 224);
      const shown = { x0: x, y0: y, x1: x + 4480, y1: y + 4480 };
      drifted = Math.hypot(x + 2240 - region.xUm * 1000, y + 2240 - region.yUm * 1000);
      if (frame % 50 > 0 && drifted < 1500) continue;
      const all = new World("clusters", 2).bundlesIn(shown).map((b) => JSON.stringify(b.box));
      const lit = new Set(stage.bundles().map((b) => JSON.stringify(b.box)));
      expect(all.filter((box) => !lit.has(box))).toEqual([]);
    }
    expect(drifted).toBeGreaterThan(1000);
  });

  it("that begins at a later field has not kept the slides before in memory", () => {
    const world = new World("clusters", 1);
    const places = new Places(world);
    const early = places.next(0);
    // Near the end of the second slide, which with its edges has some 600 tiles.
    expect(places.next(640).xUm).toBeGreaterThan(100);
    expect(world.tileCount).toBeLessThan(750);
    expect(places.next(0)).toEqual(early);
  });
});
