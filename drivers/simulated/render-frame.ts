/** One frame with its truth, for `simulate frame`: a place of the world, or a map that somebody brings. */
import { checkedSeed, type FrameKind, RandomStream, type Settings } from "../../src/core/index.js";
import { Rater } from "./frame/rating.js";
import { type FrameJob, kernelsOf, renderScan, scanOf, siteGrid } from "./frame/render.js";
import { checkSettings } from "./parameters.js";
import { withoutBleaching } from "./physics/gentle.js";
import { anchorMicroscope, type DyeName, rigMicroscope } from "./physics/profile.js";
import { Places, regionPixelNm, regionPx, windowOrigin } from "./places.js";
import { type Field, inFocusSlices, sliceNm, slices, sum } from "./sample/field.js";
import { MapField } from "./sample/map-field.js";
import { MoleculeField } from "./sample/molecule-field.js";
import type { SampleTuning } from "./sample/natural.js";
import type { Structure } from "./sample/structures.js";
import { World } from "./sample/world.js";

export interface MoleculeMap {
  /** Whole molecules per pixel of 20 nm, row-major. */
  readonly molecules: Int32Array;
  readonly heightPx: number;
  readonly widthPx: number;
}
export interface RenderOptions {
  readonly sample:
    | { readonly structure: Structure; readonly tuning?: SampleTuning }
    | { readonly map: MoleculeMap };
  readonly settings: Settings;
  readonly kind?: FrameKind;
  readonly mode?: "rig" | "anchor";
  readonly dye?: DyeName;
  readonly seed?: number;
  /** Pixel of a structure's field, nm; default 20. The field keeps its width of 4.48 µm; a map has its own pixels. */
  readonly pixelSizeNm?: number;
}
export interface RenderedSample {
  /** Photon counts, row-major. */
  readonly pixels: Uint16Array;
  readonly shape: readonly [number, number];
  readonly pixelSizeNm: number;
  readonly meanCounts: number;
  readonly maxCounts: number;
  readonly molecules: { readonly before: number; readonly after: number };
  /** Period at which frame and truth stop to correlate; null where they never do or always do. */
  readonly resolutionNm: number | null;
  /** True rating `proxy-v2`, 0..1. */
  readonly trueRating: number;
  readonly saturated: number;
  readonly method: string;
}

/** @throws ProtocolError for settings out of range */
export function renderFrame(options: RenderOptions): RenderedSample {
  checkSettings(options.settings);
  const seed = checkedSeed(options.seed ?? 1);
  const anchor = options.mode === "anchor";
  const microscope = anchor ? anchorMicroscope(options.dye) : rigMicroscope(options.dye);
  const { field, heightPx, widthPx, pixelNm, origin } = fieldOf(options, seed, anchor);
  const shared = {
    field,
    pixelNm,
    backgroundFactor: ("tuning" in options.sample ? options.sample.tuning?.background : undefined) ?? 1,
    originXNm: origin.x,
    originYNm: origin.y,
  };
  const stream = (name: string): RandomStream => RandomStream.of(seed, "frame", name);
  const job: FrameJob = {
    ...shared,
    microscope,
    scan: scanOf(options.settings, options.kind ?? "sted", heightPx, widthPx),
    bleaching: stream("bleaching"),
    photons: stream("photons"),
  };
  const grid = siteGrid(job);
  const truth = field.truth(grid);
  const confocal = renderScan({
    ...shared,
    microscope: withoutBleaching(microscope),
    scan: scanOf({ excitationPowerUw: 10, dwellTimeUs: 10 }, "confocal", heightPx, widthPx),
    bleaching: stream("reference-bleaching"),
    photons: stream("reference-photons"),
  });
  const frame = renderScan(job);
  const rater = new Rater({ truth, confocal: confocal.pixels, heightPx, widthPx, pixelNm });
  const rated = rater.rate(frame.pixels, microscope.detector.clip);
  const halfFieldNm = (Math.max(heightPx, widthPx) * pixelNm) / 2;
  return {
    pixels: frame.pixels,
    shape: [heightPx, widthPx],
    pixelSizeNm: pixelNm,
    meanCounts: sum(frame.pixels) / frame.pixels.length,
    maxCounts: frame.pixels.reduce((a, b) => Math.max(a, b), 0),
    molecules: { before: sum(truth), after: sum(field.truth(grid)) },
    // At the coarsest period already below: the frame does not show the sample at all. 1/(2/n) may be a bit less than n/2.
    resolutionNm: (rated.resolutionNm ?? halfFieldNm) < 0.999 * halfFieldNm ? rated.resolutionNm : null,
    trueRating: rated.rating,
    saturated: frame.saturated,
    method: frame.method,
  };
}

/** Pixels of a side of the frame that compiles the code of rendering. */
const warmUpPx = 48;

/**
 * Computes the beams of the shared optics and takes one small frame of nothing that anybody sees, so that beams are known
 * and code is compiled before a rig answers: otherwise its first frame holds up every answer, for seconds on a busy machine.
 */
export function warmUp(mode: "rig" | "anchor" = "rig", dye?: DyeName): void {
  const microscope = mode === "anchor" ? anchorMicroscope(dye) : rigMicroscope(dye);
  const settings = { depletionPowerMw: 100, excitationPowerUw: 10, dwellTimeUs: 10, lineRepeats: 1 };
  const scan = scanOf(settings, "sted", warmUpPx, warmUpPx);
  // The beams of the other slices; those in focus come with the frame.
  for (let slice = 1; slice < inFocusSlices; slice++) {
    kernelsOf(microscope, scan, regionPixelNm, slice * sliceNm);
  }
  renderScan({
    microscope,
    field: new MapField(new Int32Array(warmUpPx * warmUpPx).fill(1), warmUpPx, warmUpPx),
    pixelNm: regionPixelNm,
    scan,
    bleaching: RandomStream.of(1, "warm-up", "bleaching"),
    photons: RandomStream.of(1, "warm-up", "photons"),
  });
}

function fieldOf(
  options: RenderOptions,
  seed: number,
  anchor: boolean,
): {
  field: Field;
  heightPx: number;
  widthPx: number;
  pixelNm: number;
  origin: { x: number; y: number };
} {
  if ("map" in options.sample) {
    const { molecules, heightPx, widthPx } = options.sample.map;
    const field = new MapField(Int32Array.from(molecules), heightPx, widthPx);
    return { field, heightPx, widthPx, pixelNm: regionPixelNm, origin: { x: 0, y: 0 } };
  }
  const world = new World(options.sample.structure, seed, options.sample.tuning);
  const place = new Places(world).next(0);
  const origin = windowOrigin(place, regionPx, regionPx);
  const reach = 600;
  const size = regionPx * regionPixelNm;
  const pixelNm = options.pixelSizeNm ?? regionPixelNm;
  const box = {
    x0: origin.x - reach,
    y0: origin.y - reach,
    x1: origin.x + size + reach,
    y1: origin.y + size + reach,
  };
  const deep = (options.sample.tuning?.depthSdNm ?? 0) > 150;
  const field = new MoleculeField(world.bundlesIn(box), anchor ? 1 : deep ? slices : inFocusSlices);
  const sidePx = Math.floor(size / pixelNm);
  return { field, heightPx: sidePx, widthPx: sidePx, pixelNm, origin };
}
