import { type Image, otsuThreshold } from "../core/index.js";
import { boxSums } from "./box-sums.js";
import type { ObjectiveDefinition } from "./contract.js";

const none = (reason: string) => ({ value: null, unit: "1", reason }) as const;

/** Spacing of the actin rings in axons (Xu, Zhong and Zhuang 2013). */
export const latticeNm = 190;
/** Side of the blocks, each with a direction of its own; they overlap by half. */
const blockNm = 1500;
/** Standard deviations by which the variance must exceed the shot noise's. */
const significance = 4;

/** The frame with zeros around it, so that no lag leaves it. */
interface Detail {
  readonly stride: number;
  readonly margin: number;
  /** (Counts − mean) / √mean of the surroundings inside the structure, of shot noise 1 wherever it lies; 0 outside. */
  readonly values: Float32Array;
  /** Local mean of the counts; 0 outside the structure. */
  readonly mean: Float32Array;
  /** 1 inside the structure, gaps between rings included. */
  readonly inside: Uint8Array;
  /** 1 where the pixel, its right, lower and lower right neighbours are inside. */
  readonly square: Uint8Array;
}

/** Detail finer than the lattice's period: the shape of the neurite is taken out, the rings stay. */
function detailOf({ pixels, shape: [height, width] }: Image, periodPx: number): Detail {
  const margin = Math.ceil(1.5 * periodPx) + 2;
  const stride = width + 2 * margin;
  const rows = height + 2 * margin;
  const counts = new Float32Array(rows * stride);
  const frame = new Float32Array(rows * stride);
  for (let y = 0; y < height; y++) {
    const from = (y + margin) * stride + margin;
    counts.set(pixels.subarray(y * width, (y + 1) * width), from);
    frame.fill(1, from, from + width);
  }
  // Means over a square of two periods, twice: next to nothing of a wave of one period is left in any direction.
  const radius = Math.round(periodPx - 0.5);
  const blur = (values: Float32Array): Float32Array =>
    boxSums(boxSums(values, rows, stride, radius), rows, stride, radius);
  const area = blur(frame);
  const smooth = blur(counts);
  const means: number[] = [];
  for (let i = 0; i < frame.length; i++) {
    if (frame[i] === 1) means.push((smooth[i] as number) / (area[i] as number));
  }
  const threshold = halfOfBright(means);
  const mask = frame.map((f, i) =>
    f === 1 && (smooth[i] as number) / (area[i] as number) > threshold ? 1 : 0,
  );
  const sum = blur(counts.map((v, i) => v * (mask[i] as number)));
  const share = blur(mask);
  const mean = mask.map((m, i) => (m === 1 ? (sum[i] as number) / (share[i] as number) : 0));
  const values = mean.map((m, i) => (m > 0 ? ((counts[i] as number) - m) / Math.sqrt(m) : 0));
  const inside = Uint8Array.from(mask);
  const square = inside.map(
    (m, i) => m & ((inside[i + 1] ?? 0) & (inside[i + stride] ?? 0) & (inside[i + stride + 1] ?? 0)),
  );
  return { stride, margin, values, mean, inside, square };
}

/** Half the mean of the values above Otsu's threshold: a field that is structure all over stays whole. */
function halfOfBright(values: readonly number[]): number {
  const split = otsuThreshold(values);
  let sum = 0;
  let n = 0;
  for (const v of values) {
    if (v < split) continue;
    sum += v;
    n++;
  }
  return sum / n / 2;
}

/** Upper left corner and side of a square of the padded frame, pixels. */
interface Block {
  readonly x: number;
  readonly y: number;
  readonly side: number;
}

/**
 * Direction of the greatest gradients (structure tensor), rad. Shot noise adds to the tensor evenly, so that it does not
 * turn it. Across the rings where they are resolved; across the fibre, which is at right angles, where they are not.
 */
function mainDirection({ values, stride, square }: Detail, { x, y, side }: Block): number {
  let difference = 0;
  let mixed = 0;
  for (let v = y; v < y + side; v++) {
    for (let i = v * stride + x, end = i + side; i < end; i++) {
      if (square[i] === 0) continue;
      const a = values[i] as number;
      const b = values[i + 1] as number;
      const c = values[i + stride] as number;
      const d = values[i + stride + 1] as number;
      const gx = b + d - a - c;
      const gy = c + d - a - b;
      difference += gx * gx - gy * gy;
      mixed += 2 * gx * gy;
    }
  }
  return Math.atan2(mixed, difference) / 2;
}

/** Mean product of the detail with itself at a distance, NaN where less than an eighth of the block has a partner. */
function covariance(d: Detail, { x, y, side }: Block, dx: number, dy: number): number {
  const { values, stride, inside, square } = d;
  const fx = dx - Math.floor(dx);
  const fy = dy - Math.floor(dy);
  const offset = Math.floor(dy) * stride + Math.floor(dx);
  const [a, b, c, e] = [(1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy];
  let sum = 0;
  let pairs = 0;
  let pixels = 0;
  for (let v = y; v < y + side; v++) {
    for (let i = v * stride + x, end = i + side; i < end; i++) {
      if (inside[i] === 0) continue;
      pixels++;
      const j = i + offset;
      if (square[j] === 0) continue;
      const there =
        a * (values[j] as number) +
        b * (values[j + 1] as number) +
        c * (values[j + stride] as number) +
        e * (values[j + stride + 1] as number);
      sum += (values[i] as number) * there;
      pairs++;
    }
  }
  return pairs > 0 && pairs > pixels / 8 ? sum / pairs : Number.NaN;
}

/** Amplitude of the lattice in one block, times the shot noise: the greater of those along the main direction and across it. */
function amplitudeIn(d: Detail, block: Block, periodPx: number): number {
  const main = mainDirection(d, block);
  let best = Number.NEGATIVE_INFINITY;
  for (const angle of [main, main + Math.PI / 2]) {
    const [half, one, oneAndHalf] = [0.5, 1, 1.5].map((periods) => {
      const length = periods * periodPx;
      return covariance(d, block, length * Math.cos(angle), length * Math.sin(angle));
    }) as [number, number, number];
    const amplitude = (one - (half + oneAndHalf) / 2) / 2;
    if (amplitude > best) best = amplitude;
  }
  return best;
}

/** Number of pixels inside, and the sum of their squares less that of shot noise. */
function signalIn({ values, inside, stride }: Detail, { x, y, side }: Block) {
  let pixels = 0;
  let excess = 0;
  for (let v = y; v < y + side; v++) {
    for (let i = v * stride + x, end = i + side; i < end; i++) {
      if (inside[i] === 0) continue;
      pixels++;
      excess += (values[i] as number) ** 2 - 1;
    }
  }
  return { pixels, excess };
}

/** Blocks that cover the frame, overlapping by half or more. */
function blocksOf({ margin }: Detail, height: number, width: number, wantedPx: number): Block[] {
  const side = Math.min(Math.round(wantedPx), height, width);
  const starts = (length: number): number[] => {
    const n = Math.ceil((2 * (length - side)) / side) + 1;
    return Array.from(
      { length: n },
      (_, i) => margin + (n === 1 ? 0 : Math.round(((length - side) * i) / (n - 1))),
    );
  };
  return starts(height).flatMap((y) => starts(width).map((x) => ({ x, y, side })));
}

/**
 * Strength of the 190 nm lattice: autocorrelation of the structure's detail at one period less the mean of those at
 * half a period and at one and a half, halved (the amplitude of Han, Zhou, Xia and Zhuang 2017, which a smooth fibre
 * does not have, though it correlates with itself at any lag). 1 for a pure wave, about 0 without lattice. The
 * direction is that of the fibre in each block of 1.5 µm, or across it, the better; the best of all directions would
 * find 190 nm in any finer lattice, looking at it askew. Shot noise is taken out of the variance that it is divided by.
 */
export const periodicity: ObjectiveDefinition = {
  name: "periodicity",
  label: "Periodicity",
  unit: "1",
  direction: "maximise",
  needs: ["sted"],
  ideal: 1,
  worstAcceptable: 0,
  evaluate({ sted }, shared) {
    const problem = shared.stedProblem();
    if (problem !== null || sted === null) return none(problem ?? "needs the STED frame");
    const periodPx = latticeNm / sted.pixelSizeNm;
    if (periodPx < 4) return none("the pixels are too large for the 190 nm lattice");
    const [height, width] = sted.shape;
    if (3 * periodPx > Math.min(height, width)) return none("the frame is too small for the 190 nm lattice");
    const detail = detailOf(sted, periodPx);
    let excess = 0;
    let variance = 0;
    detail.inside.forEach((m, i) => {
      if (m === 0) return;
      const mean = detail.mean[i] as number;
      excess += (detail.values[i] as number) ** 2 - 1;
      // Variance of the square of a Poisson deviate about its mean.
      variance += 2 + 1 / mean;
    });
    if (!(excess > significance * Math.sqrt(variance))) {
      return none("no detail in the structure above the shot noise");
    }
    let amplitude = 0;
    let signal = 0;
    for (const block of blocksOf(detail, height, width, blockNm / sted.pixelSizeNm)) {
      const found = amplitudeIn(detail, block, periodPx);
      if (!Number.isFinite(found)) continue;
      const { pixels, excess: above } = signalIn(detail, block);
      amplitude += found * pixels;
      signal += above;
    }
    if (!(signal > 0)) return none("the structure is too small for the 190 nm lattice");
    return { value: amplitude / signal, unit: "1" };
  },
};
