/** Frames for training sets: random sample, dye, background and settings, with the true rating beside each. */
import { RandomStream, type Settings } from "../../src/core/index.js";
import { Rater, type TrueRating } from "./frame/rating.js";
import { type RenderedFrame, renderScan, scanOf } from "./frame/render.js";
import { type Microscope, rigMicroscope } from "./physics/profile.js";
import { regionPixelNm, regionPx } from "./places.js";
import { withoutBleaching } from "./render-frame.js";
import { type SiteGrid, sum } from "./sample/field.js";
import { MoleculeField } from "./sample/molecule-field.js";
import { randomSample } from "./sample/random-sample.js";
import type { Structure } from "./sample/structures.js";

export interface RandomFrame {
  /** Photon counts, row-major. */
  readonly pixels: Uint16Array;
  readonly shape: readonly [number, number];
  readonly pixelSizeNm: number;
  readonly settings: Settings;
  readonly truth: TrueRating;
  /** Share of the molecules in the frame that it bleached. */
  readonly bleached: number;
  readonly method: string;
}

/** A sample of sd 100 nm seldom reaches beyond the third slice. */
const inFocusSlices = 3;
const frameGrid: Omit<SiteGrid, "pixelNm"> = {
  heightPx: regionPx,
  widthPx: regionPx,
  margin: 0,
  refinement: 1,
  originXNm: 0,
  originYNm: 0,
  driftNm: [0, 0],
  focusNm: 0,
};

/** Tries at one sample to hit the wanted rating before the nearest is taken. */
const tries = 8;
const reachNm = 600;

/**
 * One frame of a training set, a function of its arguments alone.
 * @param wanted range of the true rating that this frame should fill, so that a set covers 0..1 without holes
 */
export function randomFrame(
  structure: Structure,
  seed: number,
  index: number,
  wanted: readonly [number, number],
): RandomFrame {
  const stream = (name: string): RandomStream => RandomStream.of(seed, name, structure, index);
  const random = stream("settings");
  const size = regionPx * regionPixelNm;
  const area = { x0: -reachNm, y0: -reachNm, x1: size + reachNm, y1: size + reachNm };
  const bundles = randomSample(structure, area, seed, `${structure}${index}`);
  const microscope = randomMicroscope(random);
  const gentle = withoutBleaching(microscope);
  const backgroundFactor = 30 ** (random.uniform() * random.uniform());
  const fresh = new MoleculeField(bundles, inFocusSlices);
  const base = { pixelNm: regionPixelNm, backgroundFactor };
  const confocal = renderScan({
    ...base,
    field: fresh,
    microscope: gentle,
    scan: scanOf({ excitationPowerUw: 10, dwellTimeUs: 10 }, "confocal", regionPx, regionPx),
    bleaching: stream("reference-bleaching"),
    photons: stream("reference-photons"),
  });
  const grid: SiteGrid = { ...frameGrid, pixelNm: regionPixelNm };
  const truth = fresh.truth(grid);
  const rater = new Rater({
    truth,
    confocal: confocal.pixels,
    heightPx: regionPx,
    widthPx: regionPx,
    pixelNm: regionPixelNm,
  });
  const before = sum(truth);
  let best: Attempt | null = null;
  let below: Attempt | null = null;
  let above: Attempt | null = null;
  for (let attempt = 0; attempt < tries; attempt++) {
    const settings: Settings =
      below !== null && above !== null
        ? between(below, above, (wanted[0] + wanted[1]) / 2)
        : randomSettings(random, wanted);
    const field = fresh.copy();
    const frame = renderScan({
      ...base,
      field,
      microscope,
      scan: scanOf(settings, "sted", regionPx, regionPx),
      bleaching: RandomStream.of(seed, "bleaching", structure, index, attempt),
      photons: RandomStream.of(seed, "photons", structure, index, attempt),
    });
    const rated = rater.rate(frame.pixels, microscope.detector.clip);
    const miss = Math.max(wanted[0] - rated.rating, rated.rating - wanted[1], 0);
    const made: Attempt = { frame, truth: rated, settings, left: sum(field.truth(grid)), miss };
    if (best === null || miss < best.miss) best = made;
    if (miss === 0) break;
    if (rated.rating < wanted[0]) below = made;
    else above = made;
  }
  const chosen = best as NonNullable<typeof best>;
  return {
    pixels: chosen.frame.pixels,
    shape: [regionPx, regionPx],
    pixelSizeNm: regionPixelNm,
    settings: chosen.settings,
    truth: chosen.truth,
    bleached: before > 0 ? 1 - chosen.left / before : 0,
    method: chosen.frame.method,
  };
}

interface Attempt {
  readonly frame: RenderedFrame;
  readonly truth: TrueRating;
  readonly settings: Settings;
  readonly left: number;
  /** Distance of the rating from the wanted range. */
  readonly miss: number;
}

/** Settings on the way from one attempt to another, where the rating should be `rating` if it changed evenly. */
function between(a: Attempt, b: Attempt, rating: number): Settings {
  const share = (rating - a.truth.rating) / (b.truth.rating - a.truth.rating);
  const part = Math.min(0.85, Math.max(0.15, share));
  const out: Record<string, number> = {};
  for (const [name, from] of Object.entries(a.settings)) {
    const to = b.settings[name] ?? from;
    const step = name === "depletionPowerMw" ? 0.1 : name === "lineRepeats" ? 1 : 0.01;
    const even = name === "depletionPowerMw" ? from + part * (to - from) : from * (to / from) ** part;
    out[name] = rounded(even, step);
  }
  return out;
}

function rounded(value: number, step: number): number {
  return Number((Math.round(value / step) * step).toFixed(4));
}

/** Dyes between dim and bright, fragile and stable (specification §1.1, domain randomisation). */
function randomMicroscope(random: RandomStream): Microscope {
  const m = rigMicroscope();
  return {
    ...m,
    optics: { ...m.optics, zeroResidual: random.between(0.005, 0.03) },
    dye: {
      ...m.dye,
      absorptionM2: 8e-22 * (3.3e-21 / 8e-22) ** random.uniform(),
      b: random.between(1.62, 1.72),
    },
    excitationBleachYield: 2e-7 * (5e-6 / 2e-7) ** random.uniform(),
  };
}

/** Settings drawn wide; for low ratings more often of the kind that gives them: little depletion or few photons. */
function randomSettings(random: RandomStream, wanted: readonly [number, number]): Settings {
  const log = (low: number, high: number): number => low * (high / low) ** random.uniform();
  const low = (wanted[0] + wanted[1]) / 2 < 0.45;
  const blurred = low && random.uniform() < 0.6;
  const dim = low && !blurred;
  const lines = random.uniform() < 0.6 ? 1 : 1 + random.int(4);
  return {
    depletionPowerMw: rounded(blurred ? random.between(0, 70) : log(50, 350), 0.1),
    excitationPowerUw: rounded(dim ? log(0.3, 6) : log(3, 20), 0.01),
    dwellTimeUs: rounded(dim ? log(1, 10) : log(5, 60), 0.1),
    lineRepeats: lines,
  };
}
