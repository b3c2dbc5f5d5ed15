/** Many frames of one field of the rig's own samples, each of the fresh field: what `renderFrame` gives, at a tenth of its time. */
import { Rater } from "../drivers/simulated/frame/rating.js";
import { renderScan, scanOf, siteGrid } from "../drivers/simulated/frame/render.js";
import type { Structure } from "../drivers/simulated/index.js";
import { rigMicroscope } from "../drivers/simulated/physics/profile.js";
import { Places, regionPixelNm, regionPx, windowOrigin } from "../drivers/simulated/places.js";
import { inFocusSlices, sum } from "../drivers/simulated/sample/field.js";
import { MoleculeField } from "../drivers/simulated/sample/molecule-field.js";
import { World } from "../drivers/simulated/sample/world.js";
import { type Image, RandomStream, type Settings } from "../src/core/index.js";
import type { Triple } from "../src/objectives/index.js";

/** One for all fields, because kernels are kept by microscope. */
const microscope = rigMicroscope();
/** What lies so far outside of the field still shines into it, nm. */
const reachNm = 600;

export interface KnownFrame {
  /** The frame between two confocals, the second as much dimmer as molecules bleached. */
  readonly triple: Triple;
  /** Period at which frame and sample stop to correlate, nm; null where they never do. */
  readonly knownNm: number | null;
}

/** @returns the frame of given settings of the first place of a slide, as `renderFrame` makes it */
export function scannedField(
  structure: Structure,
  seed: number,
  pixelSizeNm: number,
): (settings: Settings) => KnownFrame {
  const world = new World(structure, seed);
  const { x, y } = windowOrigin(new Places(world).next(0), regionPx, regionPx);
  const sizeNm = regionPx * regionPixelNm;
  const bundles = world.bundlesIn({
    x0: x - reachNm,
    y0: y - reachNm,
    x1: x + sizeNm + reachNm,
    y1: y + sizeNm + reachNm,
  });
  const fresh = new MoleculeField(bundles, inFocusSlices);
  const side = Math.floor(sizeNm / pixelSizeNm);
  const stream = (name: string): RandomStream => RandomStream.of(seed, "frame", name);
  const scan = (settings: Settings, kind: "sted" | "confocal", field: MoleculeField) => {
    const job = {
      microscope,
      field,
      pixelNm: pixelSizeNm,
      originXNm: x,
      originYNm: y,
      scan: scanOf(settings, kind, side, side),
      bleaching: stream("bleaching"),
      photons: stream("photons"),
    };
    const before = sum(field.truth(siteGrid(job)));
    const { pixels } = renderScan(job);
    const image: Image = { pixels, shape: [side, side], pixelSizeNm };
    return { image, left: sum(field.truth(siteGrid(job))) / before };
  };
  const truth = fresh.truth(
    siteGrid({
      field: fresh,
      pixelNm: pixelSizeNm,
      originXNm: x,
      originYNm: y,
      scan: scanOf({}, "confocal", side, side),
    }),
  );
  const { image: before } = scan(
    { excitationPowerUw: 10, dwellTimeUs: 10, lineRepeats: 1 },
    "confocal",
    fresh.copy(),
  );
  const rater = new Rater({
    truth,
    confocal: before.pixels,
    heightPx: side,
    widthPx: side,
    pixelNm: pixelSizeNm,
  });
  return (settings) => {
    const { image: sted, left } = scan(settings, "sted", fresh.copy());
    const after = { ...before, pixels: before.pixels.map((v) => Math.round(v * left)) };
    const { resolutionNm } = rater.rate(sted.pixels);
    const knownNm = resolutionNm !== null && resolutionNm < sizeNm / 2 ? resolutionNm : null;
    return { triple: { before, sted, after, score: null, settings }, knownNm };
  };
}
