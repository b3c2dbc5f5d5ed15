import {
  type Dataset,
  decodeImageFile,
  firstInvalidCount,
  framePath,
  InputError,
  type Pixels,
  resample,
  type Split,
} from "../core/index.js";
import type { FrameSet } from "./batches.js";

/** Sizes this near count as equal. */
const sizeTolerance = 0.02;

/**
 * Reads the frames of the chosen splits (default: all) at the network's pixel size. Several raters of one
 * frame count as their mean.
 * @throws InputError naming the frame that is missing, is no image of counts, or has another size
 */
export async function loadFrames(
  dataset: Dataset,
  pixelSizeNm: number,
  splits?: readonly Split[],
  onFrame?: (done: number, total: number) => void,
): Promise<FrameSet> {
  const byId = new Map<string, { sum: number; n: number; trueRating: number | null }>();
  for (const label of dataset.labels) {
    if (splits !== undefined && !splits.includes(label.split)) continue;
    const found = byId.get(label.id) ?? { sum: 0, n: 0, trueRating: label.trueRating };
    byId.set(label.id, { ...found, sum: found.sum + label.rating, n: found.n + 1 });
  }
  const ids = [...byId.keys()];
  const frames: Pixels[] = [];
  let size: readonly [number, number] | null = null;
  for (const id of ids) {
    const file = framePath(dataset.folder, id);
    const { pixels, shape } = await readFrame(file, dataset.info.pixelSizeNm, pixelSizeNm);
    size ??= shape;
    if (shape[0] !== size[0] || shape[1] !== size[1]) {
      throw new InputError(
        "FRAME_SIZE",
        `${shape[0]} x ${shape[1]} pixels where the others have ${size[0]} x ${size[1]}`,
        { where: file, hint: "cut the frames of a dataset to one size" },
      );
    }
    frames.push(pixels);
    onFrame?.(frames.length, ids.length);
  }
  const rows = [...byId.values()];
  return {
    ids,
    frames,
    height: size?.[0] ?? 0,
    width: size?.[1] ?? 0,
    ratings: rows.map((r) => r.sum / r.n),
    trueRatings: rows.map((r) => r.trueRating),
  };
}

async function readFrame(
  file: string,
  ownPixelSizeNm: number,
  pixelSizeNm: number,
): Promise<{ pixels: Pixels; shape: readonly [number, number] }> {
  const plane = (await decodeImageFile(file)).planes[0];
  if (plane === undefined) throw new InputError("NO_FRAME", "holds no image", { where: file });
  const { pixels, shape } = plane;
  if (pixels instanceof Float32Array && firstInvalidCount(pixels) >= 0) {
    throw new InputError("NOT_COUNTS", "holds pixels that are no photon counts", { where: file });
  }
  const scale = ownPixelSizeNm / pixelSizeNm;
  return Math.abs(scale - 1) < sizeTolerance ? { pixels, shape } : resample(pixels, shape, scale);
}
