import { describe, expect, it } from "vitest";
import { createSimulatedBackend, renderFrame, type SampleTuning } from "../../drivers/simulated/index.js";
import { Places } from "../../drivers/simulated/places.js";
import { World } from "../../drivers/simulated/sample/world.js";

const settings = { depletionPowerMw: 120, excitationPowerUw: 10, dwellTimeUs: 10 };
const mean = (v: ArrayLike<number>) => Array.from(v).reduce((a, b) => a + b, 0) / v.length;
const frame = (tuning: SampleTuning, structure: "actin" | "tubulin" = "actin") =>
  renderFrame({ sample: { structure, tuning }, settings, seed: 6 });

describe("parameters of the simulated sample", () => {
  it("nothing tuned is the common sample", () => {
    expect(frame({})).toEqual(renderFrame({ sample: { structure: "actin" }, settings, seed: 6 }));
    const common = { density: 1, labelling: 1, background: 1, outOfFocus: 1, emptyShare: 0.15 };
    expect(frame({ ...common, dendriteShare: 0.3, latticePeriodNm: 187.5, depthSdNm: 100 })).toEqual(
      frame({}),
    );
  });

  it("labelling multiplies the molecules", () => {
    // Whole tiles of filaments, so that the scatter from place to place averages out.
    const molecules = (labelling: number): number =>
      new World("tubulin", 3, { labelling })
        .bundlesIn({ x0: 20_000, y0: 20_000, x1: 40_000, y1: 40_000 })
        .reduce((n, bundle) => n + bundle.molecules.alive, 0);
    const ratio = molecules(2) / molecules(1);
    expect(ratio).toBeGreaterThan(1.95);
    expect(ratio).toBeLessThan(2.05);
  });

  it("background adds counts where nothing is", () => {
    // .0533 expected counts per 10 µs and unit of background (§1.5), and the dark counts of rig mode.
    const added = frame({ background: 101 }).meanCounts - frame({}).meanCounts;
    expect(added).toBeGreaterThan(4.9);
    expect(added).toBeLessThan(5.5);
  });

  it("density makes more structure, emptyShare less", () => {
    const pieces = (tuning: SampleTuning): number =>
      new World("tubulin", 3, tuning).piecesIn({ x0: 20_000, y0: 20_000, x1: 60_000, y1: 60_000 });
    const common = pieces({});
    expect(pieces({ density: 2 }) / common).toBeGreaterThan(1.6);
    expect(pieces({ density: 0.5 }) / common).toBeLessThan(0.65);
    expect(pieces({ emptyShare: 0.7 }) / common).toBeLessThan(0.6);
    expect(pieces({ density: 0 })).toBe(0);
  });

  it("out-of-focus labels veil a frame of filaments", () => {
    const low = (v: Uint16Array) => Float64Array.from(v).sort()[Math.floor(v.length / 4)] as number;
    const long = { ...settings, dwellTimeUs: 50 };
    const of = (outOfFocus: number) =>
      low(
        renderFrame({ sample: { structure: "tubulin", tuning: { outOfFocus } }, settings: long, seed: 6 })
          .pixels,
      );
    expect(of(8)).toBeGreaterThan(2 * of(1));
  });

  it("a next field comes even where nothing grows", () => {
    const places = new Places(new World("actin", 1, { density: 0 }));
    expect([places.next(0).id, places.next(3).id]).toEqual(["r0", "r3"]);
  });
});

describe("switches of what rig mode adds", () => {
  const context = { signal: new AbortController().signal, widthPx: 224, heightPx: 224 };
  const bright = { excitationPowerUw: 20, dwellTimeUs: 20, depletionPowerMw: 0 };
  async function twice(more: object) {
    const rig = createSimulatedBackend({ structure: "actin", seed: 2, timeScale: 0, ...more });
    await rig.region({ move: "next" });
    const shoot = () => rig.expose({ kind: "confocal", settings: bright }, context);
    const [first, second] = [await shoot(), await shoot()];
    return { first, second, loss: 1 - mean(second.pixels) / mean(first.pixels) };
  }

  it("bleaching by excitation alone, dead time and imperfections can each be turned off", async () => {
    const common = await twice({});
    const kind = await twice({ realism: { excitationBleachYield: 0 } });
    const quick = await twice({ realism: { deadTimeNs: 0 } });
    const steady = await twice({ realism: { imperfections: false } });
    expect(common.loss).toBeGreaterThan(kind.loss + 0.01);
    expect(Math.abs(kind.loss)).toBeLessThan(0.01);
    expect(mean(quick.first.pixels)).toBeGreaterThan(1.02 * mean(common.first.pixels));
    expect(common.first.actual.excitationPowerUw).not.toBe(20);
    expect(steady.first.actual.excitationPowerUw).toBe(20);
  });

  it("with all of them off the frame is the published model's, but for the depth of the sample", async () => {
    const off = { tripletFraction: 0, excitationBleachYield: 0, deadTimeNs: 0, afterpulse: 0, darkPerS: 0 };
    const bare = await twice({ realism: { ...off, imperfections: false }, sample: { depthSdNm: 0 } });
    const anchor = await twice({ mode: "anchor", sample: { depthSdNm: 0 } });
    expect(bare.first.pixels).toEqual(anchor.first.pixels);
  });
});
