/** Figures by which simulated and real frames are compared. */
import { forward } from "../drivers/simulated/frame/fft.js";
import type { Structure } from "../drivers/simulated/index.js";
import { foregroundMask, gaussianBlur, maskedMean, percentile } from "../src/core/index.js";

export interface FrameFigures {
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  /** Share of pixels above Otsu's threshold of the blurred counts. */
  readonly foregroundShare: number;
  /** Foreground mean over background mean. */
  readonly foregroundOverBackground: number;
  /** sd over mean inside the foreground, after a blur of 1 px. */
  readonly localContrast: number;
  /** Spectral power around 190 nm over that around 500 nm, photon noise taken off. */
  readonly finePower: number;
  /**
   * Mean of cos 2(fine − coarse direction) over the foreground, weighted by how clear both are: near 1 where fine lines run along
   * the process (fibres of a dendrite), below 0 where they run across it (rings of an axon).
   */
  readonly alongness: number;
}

export const realFrames: readonly { file: string; structure: Structure; from: number }[] = [
  { file: "actin_axon_1.tif", structure: "actin", from: 0 },
  { file: "actin_axon_3.tif", structure: "actin", from: 40 },
  { file: "actin_axon_7.tif", structure: "actin", from: 80 },
  { file: "actin_dendrite_1.tif", structure: "actin", from: 120 },
  { file: "actin_dendrite_2.tif", structure: "actin", from: 160 },
  { file: "tubulin_1.tif", structure: "tubulin", from: 0 },
];

export function figuresOf(pixels: ArrayLike<number>, height: number, width: number): FrameFigures {
  const mask = foregroundMask(pixels, height, width);
  let mean = 0;
  for (let i = 0; i < pixels.length; i++) mean += (pixels[i] as number) / pixels.length;
  const inside = maskedMean(pixels, mask, 1);
  const outside = maskedMean(pixels, mask, 0);
  const smooth = gaussianBlur(pixels, height, width, 1);
  let square = 0;
  let count = 0;
  const level = maskedMean(smooth, mask, 1);
  for (let i = 0; i < smooth.length; i++) {
    if (mask[i] !== 1) continue;
    square += ((smooth[i] as number) - level) ** 2;
    count++;
  }
  return {
    mean,
    p50: percentile(pixels, 50),
    p90: percentile(pixels, 90),
    p99: percentile(pixels, 99),
    foregroundShare: count / pixels.length,
    foregroundOverBackground: inside / Math.max(outside, 1e-3),
    localContrast: Math.sqrt(square / Math.max(1, count)) / level,
    finePower: bandRatio(pixels, height, width, mean),
    alongness: alongness(pixels, height, width, mask),
  };
}

/** Direction of lines as (cos 2θ, sin 2θ) times their clearness, per pixel, from the gradients of the blurred counts. */
function directions(
  pixels: ArrayLike<number>,
  height: number,
  width: number,
  sigma: number,
): [Float32Array, Float32Array] {
  const smooth = gaussianBlur(pixels, height, width, sigma);
  const [c, s, n] = [0, 1, 2].map(() => new Float32Array(smooth.length)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const i = y * width + x;
      const gx = (smooth[i + 1] as number) - (smooth[i - 1] as number);
      const gy = (smooth[i + width] as number) - (smooth[i - width] as number);
      // A line runs across its gradient.
      c[i] = gy * gy - gx * gx;
      s[i] = -2 * gx * gy;
      n[i] = gx * gx + gy * gy;
    }
  }
  const [mc, ms, mn] = [c, s, n].map((v) => gaussianBlur(v, height, width, 2.5 * sigma)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  return [mc.map((v, i) => v / ((mn[i] as number) + 1e-6)), ms.map((v, i) => v / ((mn[i] as number) + 1e-6))];
}

function alongness(pixels: ArrayLike<number>, height: number, width: number, mask: Uint8Array): number {
  const [fc, fs] = directions(pixels, height, width, 1.5);
  const [cc, cs] = directions(pixels, height, width, 8);
  let sum = 0;
  let weight = 0;
  for (let i = 0; i < mask.length; i++) {
    if (mask[i] !== 1) continue;
    sum += (fc[i] as number) * (cc[i] as number) + (fs[i] as number) * (cs[i] as number);
    weight += Math.hypot(fc[i] as number, fs[i] as number) * Math.hypot(cc[i] as number, cs[i] as number);
  }
  return weight > 0 ? sum / weight : 0;
}

/** Power between 220 and 165 nm over that between 700 and 400 nm (20 nm pixels), Hann window, Poisson floor subtracted. */
function bandRatio(pixels: ArrayLike<number>, height: number, width: number, mean: number): number {
  const hann = (i: number, n: number): number => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / n);
  const values = new Float64Array(height * width);
  let weight = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const w = hann(y, height) * hann(x, width);
      values[y * width + x] = ((pixels[y * width + x] as number) - mean) * w;
      weight += w * w * (pixels[y * width + x] as number);
    }
  }
  const s = forward(values, height, width);
  const half = width / 2 + 1;
  const bands = { fine: [0, 0] as [number, number], coarse: [0, 0] as [number, number] };
  for (let y = 0; y < height; y++) {
    const fy = (y <= height / 2 ? y : y - height) / (height * 20);
    for (let x = 0; x < half; x++) {
      const period = 1 / Math.hypot(x / (width * 20), fy);
      const band =
        period > 165 && period < 220 ? bands.fine : period > 400 && period < 700 ? bands.coarse : null;
      if (band === null) continue;
      const i = y * half + x;
      band[0] += (s.re[i] as number) ** 2 + (s.im[i] as number) ** 2 - weight;
      band[1]++;
    }
  }
  const level = ([power, n]: [number, number]): number => Math.max(0, power / n);
  return level(bands.fine) / Math.max(1e-9, level(bands.coarse));
}
