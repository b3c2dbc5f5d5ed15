import { describe, expect, it } from "vitest";
import type { ExposeContext } from "../../drivers/contract.js";
import { createSimulatedBackend, frameMs, type SimulatedOptions } from "../../drivers/simulated/index.js";
import { systemClock } from "../../src/core/index.js";

const make = (more: Partial<SimulatedOptions> = {}) =>
  createSimulatedBackend({ structure: "actin", seed: 1, timeScale: 0, clock: systemClock, ...more });
const context = (more: Partial<ExposeContext> = {}): ExposeContext => ({
  widthPx: 224,
  heightPx: 224,
  signal: new AbortController().signal,
  ...more,
});
const settings = { depletionPowerMw: 150, excitationPowerUw: 10, dwellTimeUs: 10, lineRepeats: 1 };
const confocal = { kind: "confocal", settings } as const;
const sted = { kind: "sted", settings } as const;
const mean = (v: ArrayLike<number>) => Array.from(v).reduce((a, b) => a + b, 0) / v.length;

describe("simulated rig", () => {
  it("gives the same frames for the same seed, others for another", async () => {
    const frames = await Promise.all(
      [make(), make(), make({ seed: 2 })].map(async (rig) => {
        await rig.region({ move: "next" });
        return (await rig.expose(sted, context())).pixels;
      }),
    );
    expect(frames[0]).toEqual(frames[1]);
    expect(frames[0]).not.toEqual(frames[2]);
  });

  it("starts at the region it is told, with the frames an uninterrupted rig would give", async () => {
    const whole = make();
    for (let i = 0; i < 2; i++) {
      await whole.region({ move: "next" });
      await whole.expose(sted, context());
    }
    const third = await whole.region({ move: "next" });
    const later = make({ firstRegion: 2 });
    expect(await later.region({ move: "next" })).toEqual(third);
    expect((await later.expose(sted, context())).pixels).toEqual(
      (await whole.expose(sted, context())).pixels,
    );
  });

  it("a revisited place shows what was bleached there, a fresh one does not", async () => {
    const rig = make();
    const place = await rig.region({ move: "next" });
    const before = mean((await rig.expose(confocal, context())).pixels);
    for (let i = 0; i < 3; i++) await rig.expose(sted, context());
    await rig.region({ move: "next" });
    await rig.region({ xUm: place.xUm, yUm: place.yUm });
    const after = mean((await rig.expose(confocal, context())).pixels);
    expect(after / before).toBeLessThan(0.75);
    expect(after / before).toBeGreaterThan(0.4);
  });

  it("places that overlap are windows of one sample: what one bleached the other shows bleached", async () => {
    const still = { realism: { imperfections: false } } as const;
    const [used, fresh] = [make(still), make(still)];
    const place = await used.region({ move: "next" });
    for (let i = 0; i < 4; i++) await used.expose(sted, context());
    // Half a field to the right: columns 0..111 were columns 112..223 of the first place.
    const beside = { xUm: place.xUm + 2.24, yUm: place.yUm };
    const half = (pixels: ArrayLike<number>, from: number): number => {
      let total = 0;
      for (let y = 0; y < 224; y++)
        for (let x = from; x < from + 82; x++) total += pixels[y * 224 + x] as number;
      return total;
    };
    await used.region(beside);
    await fresh.region(beside);
    const [after, before] = [await used.expose(confocal, context()), await fresh.expose(confocal, context())];
    expect(half(after.pixels, 0) / half(before.pixels, 0)).toBeLessThan(0.75);
    expect(half(after.pixels, 142) / half(before.pixels, 142)).toBeGreaterThan(0.95);
    expect(half(after.pixels, 142) / half(before.pixels, 142)).toBeLessThan(1.05);
  });

  it("a confocal ignores depletion and is brighter than a STED frame", async () => {
    const rig = make();
    await rig.region({ move: "next" });
    const wide = await rig.expose(confocal, context());
    const fine = await rig.expose(sted, context());
    expect(wide.actual.depletionPowerMw).toBe(0);
    expect(mean(wide.pixels)).toBeGreaterThan(3 * mean(fine.pixels));
  });

  it("a wide, low window shows the middle of the full frame", async () => {
    const rig = make();
    await rig.region({ move: "next" });
    const bright = { kind: "confocal", settings: { ...settings, dwellTimeUs: 50 } } as const;
    const full = await rig.expose(bright, context());
    const low = await rig.expose(bright, context({ widthPx: 200, heightPx: 30 }));
    expect(low.shape).toEqual([30, 200]);
    const middle = (dy: number, dx: number): number[] => {
      const out: number[] = [];
      for (let y = 0; y < 30; y++)
        for (let x = 0; x < 200; x++) out.push(full.pixels[(y + 97 + dy) * 224 + x + 12 + dx] as number);
      return out;
    };
    const correlation = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
      const [ma, mb] = [mean(a), mean(b)];
      let [ab, aa, bb] = [0, 0, 0];
      for (let i = 0; i < a.length; i++) {
        const [p, q] = [(a[i] as number) - ma, (b[i] as number) - mb];
        ab += p * q;
        aa += p * p;
        bb += q * q;
      }
      return ab / Math.sqrt(aa * bb);
    };
    const here = correlation(low.pixels, middle(0, 0));
    expect(here).toBeGreaterThan(0.95);
    for (const [dy, dx] of [
      [0, 4],
      [0, -4],
      [4, 0],
      [-4, 0],
    ] as const) {
      expect(correlation(low.pixels, middle(dy, dx))).toBeLessThan(here);
    }
  });

  it("light is on only while it scans, and only the depletion of a STED frame", async () => {
    const rig = make();
    await rig.region({ move: "next" });
    const seen: string[] = [];
    rig.subscribe?.((e) => {
      if (e.type === "light")
        seen.push(
          rig
            .light()
            .map((l) => (l.on ? l.powerMw : 0))
            .join("+"),
        );
    });
    await rig.expose(confocal, context());
    await rig.expose(sted, context());
    expect(seen).toEqual(["0.01+0", "0+0", "0.01+150", "0+0"]);
  });

  it("takes a scan's time, tells its lines and ends at once when aborted", async () => {
    const rig = make({ timeScale: 0.2 });
    await rig.region({ move: "next" });
    const lines: number[] = [];
    const began = systemClock.monotonic();
    await rig.expose(sted, context({ heightPx: 112, onLine: (line) => lines.push(line) }));
    const took = systemClock.monotonic() - began;
    const expected = frameMs(settings, 224, 112) * 0.2;
    expect(took).toBeGreaterThan(expected * 0.95);
    expect(lines.at(-1)).toBe(112);
    expect(lines).toEqual([...lines].sort((a, b) => a - b));

    const slow = make({ timeScale: 1 });
    await slow.region({ move: "next" });
    const stop = new AbortController();
    const run = slow.expose(sted, context({ signal: stop.signal, onLine: () => stop.abort() }));
    const aborted = await run.then(
      () => null,
      (error: unknown) => error,
    );
    expect(aborted).toMatchObject({ code: "ABORTED" });
    expect(slow.light().every((l) => !l.on)).toBe(true);
  });

  it("an aborted frame has bleached what it scanned", async () => {
    const rig = make({ timeScale: 0.05 });
    await rig.region({ move: "next" });
    const strong = { kind: "sted", settings: { ...settings, dwellTimeUs: 40 } } as const;
    const before = await rig.expose(confocal, context());
    const stop = new AbortController();
    const onLine = (line: number, of: number): void => {
      if (line > of / 2) stop.abort();
    };
    await rig.expose(strong, context({ signal: stop.signal, onLine })).catch(() => undefined);
    const after = await rig.expose(confocal, context());
    const half = (v: ArrayLike<number>, from: number, to: number) =>
      mean(Array.from(v).slice(from * 224, to * 224));
    expect(half(after.pixels, 0, 100) / half(before.pixels, 0, 100)).toBeLessThan(0.7);
    expect(half(after.pixels, 200, 224) / half(before.pixels, 200, 224)).toBeGreaterThan(0.9);
  });

  it("refuses what it cannot do, by name", async () => {
    const rig = make();
    await rig.region({ move: "next" });
    const with_ = (more: object) =>
      rig.expose({ kind: "sted", settings: { ...settings, ...more } }, context());
    await expect(with_({ depletionPowerMw: 351 })).rejects.toMatchObject({ code: "OUT_OF_RANGE" });
    await expect(with_({ dwellTimeUs: Number.NaN })).rejects.toMatchObject({ code: "BAD_PARAMS" });
    await expect(with_({ lineRepeats: 1.5 })).rejects.toMatchObject({ code: "BAD_PARAMS" });
    await expect(with_({ p_sted: 3 })).rejects.toThrow(/p_sted/);
    await expect(rig.region({ xUm: 101, yUm: 3 })).rejects.toMatchObject({ code: "OUT_OF_RANGE" });
    await expect(rig.expose(sted, context({ widthPx: 225 }))).rejects.toMatchObject({ code: "OUT_OF_RANGE" });
  });
});
