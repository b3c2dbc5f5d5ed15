/** Frames for training sets: random sample, dye, background, defects and settings, with the true rating beside each. */
import { RandomStream, type Settings } from "../../src/core/index.js";
import { type DefectName, type Defects, drawDefects, rowsOf } from "./defects.js";
import { Rater, type TrueRating } from "./frame/rating.js";
import {
  exposeField,
  type FrameJob,
  type RenderedFrame,
  renderScan,
  scanOf,
  siteGrid,
} from "./frame/render.js";
import { clipShare, enlarge } from "./frame/touch-up.js";
import { withoutBleaching } from "./physics/gentle.js";
import { type Microscope, rigMicroscope } from "./physics/profile.js";
import { regionPixelNm, regionPx } from "./places.js";
import { randomSettings, settingsBetween } from "./random-settings.js";
import { inFocusSlices, slices, sum } from "./sample/field.js";
import { MoleculeField } from "./sample/molecule-field.js";
import { overlaps } from "./sample/molecules.js";
import { commonSample, hotSpots, naturalSample, nothing } from "./sample/natural.js";
import type { Structure } from "./sample/structures.js";

export interface RandomFrame {
  /** Photon counts, row-major. */
  readonly pixels: Uint16Array;
  readonly shape: readonly [number, number];
  readonly pixelSizeNm: number;
  readonly settings: Settings;
  readonly defects: Defects;
  readonly truth: TrueRating;
  /** Share of the molecules in the frame that it bleached. */
  readonly bleached: number;
  readonly method: string;
}
export interface RandomFrameOptions {
  readonly structure: Structure;
  readonly seed: number;
  readonly index: number;
  /** Range of the true rating that this frame should fill, so that a set covers 0..1 without holes. */
  readonly wanted: readonly [number, number];
  /** Default: drawn. */
  readonly defects?: Defects;
  /** Defects to draw more often than the others. */
  readonly moreOf?: readonly DefectName[];
  /** Default: drawn, attempt by attempt, to reach `wanted`. */
  readonly settings?: Settings;
  /** Attempts at one sample to hit the wanted rating before the nearest is taken; default 4. */
  readonly tries?: number;
}

const commonTries = 4;
/** So far beside the wanted range is near enough. */
const tolerance = 0.03;
const reachNm = 600;

const { zSdNm } = commonSample;
const sampleOptions = {
  ...commonSample,
  neurites: [2, 5],
  filaments: [12, 44],
  labelling: [0.35, 2.8],
} as const;

export interface Attempt {
  readonly frame: RenderedFrame;
  readonly truth: TrueRating;
  readonly settings: Settings;
  /** Molecules in view before and after this frame (of what earlier frames had left). */
  readonly molecules: () => { readonly before: number; readonly after: number };
  /** Distance of the rating from the wanted range. */
  readonly miss: number;
}

/** One frame of a training set, a function of its options alone. */
export function randomFrame(options: RandomFrameOptions): RandomFrame {
  const { structure, seed, index, wanted } = options;
  const stream = (name: string, ...more: number[]): RandomStream =>
    RandomStream.of(seed, name, structure, index, ...more);
  const defects = options.defects ?? drawDefects(stream("defects"), options.moreOf);
  const scene = makeScene(structure, seed, index, defects, stream("microscope"));
  const random = stream("settings");
  let best: Attempt | null = null;
  let below: Attempt | null = null;
  let above: Attempt | null = null;
  for (let attempt = 0; attempt < (options.tries ?? commonTries); attempt++) {
    const settings: Settings =
      options.settings ??
      (below !== null && above !== null
        ? settingsBetween(below, above, (wanted[0] + wanted[1]) / 2)
        : randomSettings(random, wanted, below !== null ? "too-bad" : above !== null ? "too-good" : "first"));
    const made = shoot(scene, settings, wanted, stream("bleaching", attempt), stream("photons", attempt));
    if (best === null || made.miss < best.miss) best = made;
    if (made.miss < tolerance || defects.empty !== undefined || options.settings !== undefined) break;
    if (made.truth.rating < wanted[0]) below = made;
    else above = made;
  }
  return described(best as NonNullable<typeof best>, defects);
}

export function described(attempt: Attempt, defects: Defects): RandomFrame {
  const { before, after } = attempt.molecules();
  return {
    pixels: attempt.frame.pixels,
    shape: [regionPx, regionPx],
    pixelSizeNm: regionPixelNm,
    settings: attempt.settings,
    defects,
    truth: attempt.truth,
    bleached: before > 0 ? 1 - after / before : 0,
    method: attempt.frame.method,
  };
}

/** Pixels of this size that cover a side of the field. */
const sideOf = (pixelNm: number): number => Math.ceil((regionPx * regionPixelNm) / pixelNm);

/** A sample under a microscope, ready to be photographed several times. */
export interface Scene {
  readonly microscope: Microscope;
  readonly fresh: MoleculeField;
  readonly defects: Defects;
  readonly truth: Float32Array;
  readonly rater: Rater;
  readonly base: Pick<FrameJob, "pixelNm" | "backgroundFactor" | "driftNm" | "focusNm"> & {
    readonly rows?: NonNullable<FrameJob["rows"]>;
  };
}

export function makeScene(
  structure: Structure,
  seed: number,
  index: number,
  defects: Defects,
  random: RandomStream,
): Scene {
  const stream = (name: string): RandomStream => RandomStream.of(seed, name, structure, index);
  const size = regionPx * regionPixelNm;
  const area = { x0: -reachNm, y0: -reachNm, x1: size + reachNm, y1: size + reachNm };
  const name = `${structure}${index}`;
  const empty = defects.empty !== undefined;
  const everything = empty
    ? nothing(area, zSdNm, seed, name)
    : naturalSample(structure, area, sampleOptions, seed, name);
  const bundles = everything.filter((bundle) => overlaps(bundle.box, area));
  const debris = hotSpots(defects.hotSpots ?? (empty ? random.int(4) : 0), area, zSdNm, seed, name);
  const depth = defects.defocusNm === undefined ? inFocusSlices : slices;
  const fresh = new MoleculeField([...bundles, ...debris], depth);
  const microscope = randomMicroscope(random, defects);
  const angle = random.between(0, 2 * Math.PI);
  const drift = defects.driftNm ?? 0;
  const pixelNm = defects.pixelNm ?? regionPixelNm;
  const rows = rowsOf(defects, sideOf(pixelNm), stream("rows"));
  const base: Scene["base"] = {
    pixelNm,
    backgroundFactor: 30 ** (random.uniform() * random.uniform()) * (defects.haze ?? 1),
    driftNm: [drift * Math.cos(angle), drift * Math.sin(angle)],
    focusNm: defects.defocusNm ?? 0,
    ...(rows === undefined ? {} : { rows }),
  };
  const confocal = renderScan({
    pixelNm: regionPixelNm,
    backgroundFactor: base.backgroundFactor ?? 1,
    driftNm: base.driftNm ?? [0, 0],
    // Debris is no structure: neither foreground nor truth know of it.
    field: new MoleculeField(bundles, 1),
    microscope: withoutBleaching(microscope),
    scan: scanOf({ excitationPowerUw: 10, dwellTimeUs: 10 }, "confocal", regionPx, regionPx),
    bleaching: stream("reference-bleaching"),
    photons: stream("reference-photons"),
  });
  const structured = new MoleculeField(bundles, 1);
  const scan = scanOf({}, "sted", regionPx, regionPx);
  const grid = siteGrid({ scan, field: structured, pixelNm: regionPixelNm, driftNm: base.driftNm ?? [0, 0] });
  const truth = structured.truth(grid);
  const rater = new Rater({
    truth,
    confocal: confocal.pixels,
    heightPx: regionPx,
    widthPx: regionPx,
    pixelNm: regionPixelNm,
    empty,
  });
  return { microscope, fresh, defects, truth, rater, base };
}

export function shoot(
  scene: Scene,
  settings: Settings,
  wanted: readonly [number, number],
  bleaching: RandomStream,
  photons: RandomStream,
): Attempt {
  const { microscope, defects, base } = scene;
  const field = scene.fresh.copy();
  const count = sideOf(base.pixelNm);
  const scan = scanOf(settings, "sted", count, count);
  const dimmed = { ...scan, excitationW: scan.excitationW * (defects.lowDose ?? 1) };
  // The hybrid throughout: its error at extreme losses is far below what a rating could see, and it is five times as fast.
  const job: FrameJob = { ...base, field, microscope, scan: dimmed, method: "hybrid", bleaching, photons };
  for (let i = 0; i < (defects.earlierFrames ?? 0); i++) exposeField(job);
  const count0 = (): number => sum(field.truth(siteGrid(job)));
  const before = Object.keys(defects).length === 0 ? sum(scene.truth) : count0();
  const frame = renderScan(job);
  let { pixels } = frame;
  if (base.pixelNm !== regionPixelNm) {
    pixels = enlarge(pixels, { px: count, pixelNm: base.pixelNm }, { px: regionPx, pixelNm: regionPixelNm });
  }
  let clip = microscope.detector.clip;
  if (defects.saturatedShare !== undefined)
    clip = clipShare(pixels, scene.rater.mask, defects.saturatedShare);
  const truth = scene.rater.rate(pixels, clip);
  const miss = Math.max(wanted[0] - truth.rating, truth.rating - wanted[1], 0);
  return {
    frame: { ...frame, pixels },
    truth,
    settings,
    molecules: () => ({ before, after: count0() }),
    miss,
  };
}

/** Dyes between dim and bright, fragile and stable (specification §1.1, domain randomisation), with the defects' optics. */
function randomMicroscope(random: RandomStream, defects: Defects): Microscope {
  const m = rigMicroscope();
  const angle = random.between(0, 2 * Math.PI);
  const shift = defects.doughnutShiftNm ?? 0;
  // Drawn whether it is used or not, so that a defect changes nothing else.
  const residual = random.between(0.005, 0.02);
  return {
    ...m,
    optics: {
      ...m.optics,
      zeroResidual: defects.zeroResidual ?? residual,
      doughnutShiftNm: [shift * Math.cos(angle), shift * Math.sin(angle)],
    },
    dye: {
      ...m.dye,
      absorptionM2: 8e-22 * (3.3e-21 / 8e-22) ** random.uniform(),
      b: random.between(1.62, 1.72),
    },
    excitationBleachYield: 2e-7 * (5e-6 / 2e-7) ** random.uniform(),
  };
}
