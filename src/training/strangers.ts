import { gaussianBlur, poissonCount, RandomStream } from "../core/index.js";
import type { FrameSet } from "./batches.js";

/** Kinds of frames that a network must doubt, made from frames of its own kind: what the domain's probe learns from. */
export const strangerKinds = ["saturated", "coarse", "blurred", "texture"] as const;
export type StrangerKind = (typeof strangerKinds)[number];

type Counts = Uint16Array | Float32Array;
type Stranger = (
  frames: readonly Counts[],
  i: number,
  shape: Pick<FrameSet, "height" | "width">,
  random: RandomStream,
) => Float32Array;

function pick(frames: readonly Counts[], i: number): Counts {
  return frames[i % frames.length] as Counts;
}

/** Everything above a level inside the structure stands at that level. */
const saturated: Stranger = (frames, i, _shape, random) => {
  const frame = pick(frames, i);
  const sorted = Float32Array.from(frame).sort();
  const end = Math.max(4, sorted[Math.floor(sorted.length * random.between(0.85, 0.98))] as number);
  return Float32Array.from(frame, (v) => Math.min(end, v));
};

/** Pixels two to four times as large as they are said to be: several shrunk frames side by side. */
const coarse: Stranger = (frames, i, { height, width }, random) => {
  const factor = 2 + random.int(3);
  const [h, w] = [Math.ceil(height / factor), Math.ceil(width / factor)];
  const out = new Float32Array(height * width);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const frame = pick(frames, i + 7 * (Math.floor(y / h) * factor + Math.floor(x / w)));
      let sum = 0;
      for (let b = 0; b < factor * factor; b++) {
        const row = Math.min(height - 1, (y % h) * factor + Math.floor(b / factor));
        sum += frame[row * width + Math.min(width - 1, (x % w) * factor + (b % factor))] as number;
      }
      out[y * width + x] = sum;
    }
  }
  return out;
};

/** A confocal scan shows what the doughnut would have quenched: at least as bright as the set's middle, up to so many times. */
const mostGain = 20;

/**
 * What a confocal shows of the same sample: blurred to its resolution (sd in pixels, on top of the frame's own), with photon noise
 * of its own. From the brighter half of the set: a dim frame, blurred, shows clumps of its noise, which no confocal does.
 */
const blurred: Stranger = (frames, i, { height, width }, random) => {
  const { bright, middle } = brightness(frames);
  const frame = pick(bright, i);
  const smooth = gaussianBlur(frame, height, width, random.between(3, 5));
  const gain = (middle * mostGain ** random.uniform()) / Math.max(1e-9, mean(frame));
  return Float32Array.from(smooth, (v) => poissonCount(gain * v, random));
};

interface Brightness {
  /** The brighter half, in their order. */
  readonly bright: readonly Counts[];
  /** Median of the frames' means. */
  readonly middle: number;
}
const known = new WeakMap<readonly Counts[], Brightness>();

function brightness(frames: readonly Counts[]): Brightness {
  let found = known.get(frames);
  if (found === undefined) {
    const means = frames.map(mean);
    const middle = Math.max(Number.MIN_VALUE, means.toSorted((a, b) => a - b)[frames.length >> 1] as number);
    const bright = frames.filter((_, i) => (means[i] as number) >= middle);
    found = { bright: bright.length > 0 ? bright : frames, middle };
    known.set(frames, found);
  }
  return found;
}

function mean(frame: Counts): number {
  let sum = 0;
  for (const v of frame) sum += v;
  return sum / frame.length;
}

/** Random texture that looks alike at every scale: octaves of smooth noise, each half as fine and as strong as the last. */
const texture: Stranger = (_frames, _i, { height, width }, random) => {
  const sum = new Float64Array(height * width);
  const roughness = random.between(0.4, 1);
  for (let cell = 64, weight = 1; cell >= 1; cell /= 2, weight *= roughness) {
    const columns = Math.ceil(width / cell) + 2;
    const knots = Float64Array.from({ length: columns * (Math.ceil(height / cell) + 2) }, () =>
      random.normal(),
    );
    for (let y = 0; y < height; y++) {
      const [row, down] = [Math.floor(y / cell), (y % cell) / cell];
      for (let x = 0; x < width; x++) {
        const [column, right] = [Math.floor(x / cell), (x % cell) / cell];
        const at = (r: number, c: number): number => knots[(row + r) * columns + column + c] as number;
        const above = at(0, 0) * (1 - right) + at(0, 1) * right;
        const below = at(1, 0) * (1 - right) + at(1, 1) * right;
        const index = y * width + x;
        sum[index] = (sum[index] as number) + weight * (above * (1 - down) + below * down);
      }
    }
  }
  const level = random.between(20, 120);
  return Float32Array.from(sum, (v) => Math.max(0, Math.round(level * (1 + 0.4 * v))));
};

const makers: Readonly<Record<StrangerKind, Stranger>> = { saturated, coarse, blurred, texture };

/** Frames of each kind; more teach the probe little. */
const mostOfKind = 400;

/** Strangers of every kind made from a set, a function of set and seed alone. */
export function strangersOf(set: FrameSet, seed: number): FrameSet {
  const each = Math.min(mostOfKind, set.frames.length);
  const frames = strangerKinds.flatMap((kind) =>
    Array.from({ length: each }, (_, i) => {
      const at = Math.floor((i * set.frames.length) / each);
      return makers[kind](set.frames, at, set, RandomStream.of(seed, "strangers", kind, i));
    }),
  );
  const nothing = frames.map(() => 0);
  return {
    ...set,
    ids: frames.map((_, i) => `stranger ${i}`),
    frames,
    ratings: nothing,
    trueRatings: nothing,
  };
}
