import { percentile, type RandomStream } from "../core/index.js";
import { type Card, measureForeground, saturationLevel } from "../scoring/index.js";

/** Frames in memory with what is known of each, in one order. */
export interface FrameSet {
  readonly ids: readonly string[];
  /** Counts, row-major, each `height * width` long. */
  readonly frames: readonly (Uint16Array | Float32Array)[];
  readonly height: number;
  readonly width: number;
  /** Mean rating of the raters, 0..1. */
  readonly ratings: readonly number[];
  readonly trueRatings: readonly (number | null)[];
}

export type Normalisation = Card["normalisation"];

/** One frame of a batch: which, and which of the eight turns and flips of a square. */
export interface Item {
  readonly index: number;
  /** 0 = as it is; bit 0 mirrors x, bit 1 mirrors y, bit 2 swaps the axes (square inputs only). */
  readonly turn: number;
  /** Upper left corner of the crop, in pixels. */
  readonly top: number;
  readonly left: number;
}

/** What a usual bright pixel is scaled to, where ln(1 + x) tells brightnesses apart well. */
const usualBrightness = 10;
const brightest = 1000;

/**
 * Normalisation from training frames: the median over frames of the 99th percentile of the counts becomes
 * 10; what exceeds 1000 such units carries no further news.
 */
export function chooseNormalisation(set: FrameSet): Normalisation {
  const tops = set.frames.map((frame) => percentile(frame, 99));
  const scale = Math.max(1, percentile(tops, 50)) / usualBrightness;
  return { offset: 0, scale: Number(scale.toPrecision(4)), clip: brightest };
}

/**
 * The items of one epoch, shuffled: every frame once as it is or, with augmentation, in two different ones of the eight
 * turns and flips of a square (the set doubles). Crops are drawn at random where frames are larger than the network's input.
 */
export function epochItems(
  set: FrameSet,
  input: readonly [number, number],
  augmentation: boolean,
  random: RandomStream,
): Item[] {
  const turns = input[0] === input[1] ? 8 : 4;
  const items: Item[] = [];
  const place = (): { top: number; left: number } => ({
    top: random.int(set.height - input[0] + 1),
    left: random.int(set.width - input[1] + 1),
  });
  for (let index = 0; index < set.frames.length; index++) {
    const turn = augmentation ? random.int(turns) : 0;
    items.push({ index, turn, ...place() });
    if (augmentation) items.push({ index, turn: (turn + 1 + random.int(turns - 1)) % turns, ...place() });
  }
  return random.shuffle(items);
}

/** Every frame once, as it is, cropped in the middle. */
export function plainItems(set: FrameSet, input: readonly [number, number]): Item[] {
  const top = (set.height - input[0]) >> 1;
  const left = (set.width - input[1]) >> 1;
  return set.frames.map((_, index) => ({ index, turn: 0, top, left }));
}

/** Normalised pixels of a batch, [N, H, W] row-major. */
export function batchPixels(
  set: FrameSet,
  items: readonly Item[],
  input: readonly [number, number],
  { offset, scale, clip, saturated }: Normalisation,
): Float32Array {
  const [height, width] = input;
  const out = new Float32Array(items.length * height * width);
  let at = 0;
  for (const { index, turn, top, left } of items) {
    const frame = set.frames[index] as Uint16Array | Float32Array;
    const end = saturated === "clip" ? levelOf(frame, set) : Number.POSITIVE_INFINITY;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++, at++) {
        let row = turn & 2 ? height - 1 - y : y;
        let column = turn & 1 ? width - 1 - x : x;
        if (turn & 4) [row, column] = [column, row];
        const count = frame[(row + top) * set.width + column + left] as number;
        const value = (count - offset) / scale;
        out[at] = value < 0 ? 0 : value > clip || count >= end ? clip : value;
      }
    }
  }
  return out;
}

const levels = new WeakMap<object, number>();

/** Count at which the detector ended in a training frame; looked for once a frame, in the whole of it. */
function levelOf(frame: Uint16Array | Float32Array, { height, width }: FrameSet): number {
  const known = levels.get(frame);
  if (known !== undefined) return known;
  const level =
    Math.min(height, width) < leastSide
      ? Number.POSITIVE_INFINITY
      : saturationLevel(measureForeground(frame, height, width), frame.length);
  levels.set(frame, level);
  return level;
}
/** Below this a frame is too small to measure. */
const leastSide = 16;
