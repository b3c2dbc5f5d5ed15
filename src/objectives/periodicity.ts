import { type Image, otsuThreshold } from "../core/index.js";
import { boxSums } from "./box-sums.js";
import type { ObjectiveDefinition } from "./contract.js";

const none = (reason: string) => ({ value: null, unit: "1", reason }) as const;

/** Spacing of the actin rings in axons (Xu, Zhong and Zhuang 2013). */
export const latticeNm = 190;
const directions = 12;
/** Side of a cell; a direction is chosen for each block of 2 × 2 cells, blocks overlap by one cell. */
const cellNm = 750;
/** Standard deviations by which the variance must exceed the shot noise's. */
const significance = 4;

/** The frame with zeros around it, so that no lag leaves it. */
interface Detail {
  readonly stride: number;
  /** Counts less the mean of their surroundings inside the structure, 0 outside. */
  readonly values: Float32Array;
  /** Local mean of the counts, which is the variance of their shot noise; 0 outside the structure. */
  readonly mean: Float32Array;
  /** Pixels of the structure, gaps between rings included. */
  readonly inside: Int32Array;
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
  const inside: number[] = [];
  const square = new Uint8Array(mask.length);
  mask.forEach((m, i) => {
    if (m === 0) return;
    inside.push(i);
    square[i] = mask[i + 1] === 1 && mask[i + stride] === 1 && mask[i + stride + 1] === 1 ? 1 : 0;
  });
  const values = mean.map((m, i) => (mask[i] === 1 ? (counts[i] as number) - m : 0));
  return { stride, values, mean, inside: Int32Array.from(inside), square };
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

/** Sums per cell of the field. */
interface Cells {
  readonly rows: number;
  readonly columns: number;
  /** [cell][direction][lag] flattened. */
  readonly product: Float64Array;
  readonly pairs: Float64Array;
  /** Variance less shot noise, summed over the pixels. */
  readonly signal: Float64Array;
  readonly pixels: Float64Array;
}
/** Half a period, one, one and a half. */
const lags = 3;

function correlate(d: Detail, periodPx: number, cellPx: number): Cells {
  const { stride, values, mean, inside, square } = d;
  const rows = Math.ceil(values.length / stride / cellPx);
  const columns = Math.ceil(stride / cellPx);
  const product = new Float64Array(rows * columns * directions * lags);
  const pairs = new Float64Array(product.length);
  const signal = new Float64Array(rows * columns);
  const pixels = new Float64Array(rows * columns);
  const cells = inside.map(
    (i) => Math.floor(Math.floor(i / stride) / cellPx) * columns + Math.floor((i % stride) / cellPx),
  );
  for (let n = 0; n < inside.length; n++) {
    const i = inside[n] as number;
    const cell = cells[n] as number;
    signal[cell] = (signal[cell] as number) + (values[i] as number) ** 2 - (mean[i] as number);
    pixels[cell] = (pixels[cell] as number) + 1;
  }
  for (let k = 0; k < directions; k++) {
    for (let lag = 0; lag < lags; lag++) {
      const length = (periodPx * (lag + 1)) / 2;
      const dx = length * Math.cos((Math.PI * k) / directions);
      const dy = length * Math.sin((Math.PI * k) / directions);
      const fx = dx - Math.floor(dx);
      const fy = dy - Math.floor(dy);
      const offset = Math.floor(dy) * stride + Math.floor(dx);
      const [a, b, c, e] = [(1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy];
      for (let n = 0; n < inside.length; n++) {
        const i = inside[n] as number;
        const j = i + offset;
        if (square[j] === 0) continue;
        const there =
          a * (values[j] as number) +
          b * (values[j + 1] as number) +
          c * (values[j + stride] as number) +
          e * (values[j + stride + 1] as number);
        const at = ((cells[n] as number) * directions + k) * lags + lag;
        product[at] = (product[at] as number) + (values[i] as number) * there;
        pairs[at] = (pairs[at] as number) + 1;
      }
    }
  }
  return { rows, columns, product, pairs, signal, pixels };
}

/** Greatest amplitude over the directions in one block, times the block's variance. */
function blockAmplitude(c: Cells, cells: readonly number[]): { amplitude: number; signal: number } {
  let signal = 0;
  let n = 0;
  for (const cell of cells) {
    signal += c.signal[cell] as number;
    n += c.pixels[cell] as number;
  }
  let best = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < directions; k++) {
    const covariance = (lag: number): number => {
      let sum = 0;
      let pairs = 0;
      for (const cell of cells) {
        const at = (cell * directions + k) * lags + lag;
        sum += c.product[at] as number;
        pairs += c.pairs[at] as number;
      }
      return pairs > n / 8 ? sum / pairs : Number.NaN;
    };
    const amplitude = (covariance(1) - (covariance(0) + covariance(2)) / 2) / 2;
    if (amplitude > best) best = amplitude;
  }
  return { amplitude: Number.isFinite(best) ? best * n : 0, signal: Number.isFinite(best) ? signal : 0 };
}

/**
 * Strength of the 190 nm lattice: autocorrelation of the structure's detail at one period less the mean of those at
 * half a period and at one and a half, halved (the amplitude of Han, Zhou, Xia and Zhuang 2017, which a smooth fibre
 * does not have, though it correlates with itself at any lag). 1 for a pure wave, about 0 without lattice. The
 * direction is the best of 12 in each block of 1.5 µm, so that fibres may run any way; shot noise is taken out of the
 * variance that it is normalised by.
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
    for (const i of detail.inside) {
      const mean = detail.mean[i] as number;
      excess += (detail.values[i] as number) ** 2 - mean;
      // Variance of the square of a Poisson deviate about its mean.
      variance += 2 * mean * mean + mean;
    }
    if (!(excess > significance * Math.sqrt(variance))) {
      return none("no detail in the structure above the shot noise");
    }
    const cells = correlate(detail, periodPx, cellNm / sted.pixelSizeNm);
    let amplitude = 0;
    let signal = 0;
    for (let r = 0; r < cells.rows - 1; r++) {
      for (let c = 0; c < cells.columns - 1; c++) {
        const first = r * cells.columns + c;
        const block = [first, first + 1, first + cells.columns, first + cells.columns + 1];
        const found = blockAmplitude(cells, block);
        amplitude += found.amplitude;
        signal += found.signal;
      }
    }
    if (!(signal > 0)) return none("the structure is too small for the 190 nm lattice");
    return { value: amplitude / signal, unit: "1" };
  },
};
