/** How far parts of one field differ in their resolution: uncertainty that no fit to the whole can know. */
import type { Image } from "../core/index.js";
import { decorrelationEstimate } from "./decorrelation.js";
import { greatestAnalysed, transformed } from "./frame-spectrum.js";
import { halvesCrossing, periodNm } from "./frc.js";

/** Parts: one in each corner of what the whole is judged by, so that each lacks what another one has. */
export const partCount = 4;
/** Side of a part over that of the whole: half of it and more, because a quarter has too few coefficients of its own. */
const partShare = 0.75;
/** Parts that must have an answer. */
const leastParts = 3;

/**
 * Standard deviation of the logarithm of the resolution over four overlapping corners of the field: of each the geometric
 * mean of ring correlation and decorrelation analysis, or the one that has an answer.
 * @returns null where fewer than three parts have any
 */
export function partScatter(image: Image): number | null {
  const [height, width] = image.shape;
  const rows = corners(height);
  const columns = corners(width);
  const logs: number[] = [];
  for (const top of rows.starts) {
    for (const left of columns.starts) {
      const { seen } = transformed(cropped(image, top, left, rows.length, columns.length));
      const crossing = halvesCrossing(seen);
      const decorrelation = decorrelationEstimate(seen);
      const found = [
        ...("reason" in crossing ? [] : [Math.log(periodNm(seen, crossing.ring))]),
        ...("reason" in decorrelation ? [] : [Math.log(decorrelation.valueNm)]),
      ];
      if (found.length > 0) logs.push(found.reduce((a, b) => a + b, 0) / found.length);
    }
  }
  if (logs.length < leastParts) return null;
  const mean = logs.reduce((a, b) => a + b, 0) / logs.length;
  return Math.sqrt(logs.reduce((a, b) => a + (b - mean) ** 2, 0) / (logs.length - 1));
}

/** Where the two parts of a side begin, and their length, pixels. */
function corners(side: number): { readonly starts: readonly [number, number]; readonly length: number } {
  const whole = Math.min(side, greatestAnalysed);
  const margin = Math.floor((side - whole) / 2);
  const length = Math.round(partShare * whole);
  return { starts: [margin, margin + whole - length], length };
}

function cropped(image: Image, top: number, left: number, height: number, width: number): Image {
  const stride = image.shape[1];
  const pixels = new Float32Array(height * width);
  for (let y = 0; y < height; y++) {
    const from = (top + y) * stride + left;
    pixels.set(image.pixels.subarray(from, from + width), y * width);
  }
  return { ...image, pixels, shape: [height, width] };
}
