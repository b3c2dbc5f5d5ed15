import type { Picture } from "./picture.js";

/** Counts at black and at white. */
export interface Contrast {
  readonly low: number;
  readonly high: number;
}
const bins = 4096;
const darkShare = 0.005;
const brightShare = 0.998;

/** The 0.5th and 99.8th percentile by a histogram: one pass over the pixels, however many. */
export function percentileContrast({ pixels }: Picture): Contrast {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const v of pixels) {
    if (v < min) min = v;
    if (v > max) max = v;
  }
  if (!(max > min)) return { low: min, high: min };
  const histogram = new Uint32Array(bins);
  const scale = (bins - 1) / (max - min);
  for (const v of pixels) {
    const bin = Math.round((v - min) * scale);
    histogram[bin] = (histogram[bin] ?? 0) + 1;
  }
  const at = (share: number): number => {
    let seen = 0;
    for (let bin = 0; bin < bins; bin++) {
      seen += histogram[bin] ?? 0;
      if (seen > share * pixels.length) return min + bin / scale;
    }
    return max;
  };
  const low = at(darkShare);
  const high = at(brightShare);
  return high > low ? { low, high } : { low: min, high: max };
}

/** Colours a picture into an image of its own size. @param map 256 RGB triples; grey when not here yet */
export function paint(picture: Picture, contrast: Contrast, map: Uint8Array | undefined): ImageData {
  const { pixels, width, height } = picture;
  const image = new ImageData(width, height);
  const out = new Uint32Array(image.data.buffer);
  const colours = new Uint32Array(256);
  for (let i = 0; i < 256; i++) {
    const [r = i, g = i, b = i] = map === undefined ? [] : map.subarray(3 * i, 3 * i + 3);
    colours[i] = 0xff000000 | (b << 16) | (g << 8) | r;
  }
  const scale = contrast.high > contrast.low ? 255 / (contrast.high - contrast.low) : 0;
  for (let i = 0; i < out.length; i++) {
    const level = Math.round(((pixels[i] ?? 0) - contrast.low) * scale);
    out[i] = colours[Math.max(0, Math.min(255, level))] ?? 0;
  }
  return image;
}

/** Where the picture lies in its canvas: `zoom` 1 fits it; the centre is in picture pixels. */
export interface Placement {
  readonly zoom: number;
  readonly x: number;
  readonly y: number;
}

/** Canvas pixels a picture pixel. */
export function scaleOf(canvas: HTMLCanvasElement, picture: Picture, zoom: number): number {
  return zoom * Math.min(canvas.width / picture.width, canvas.height / picture.height);
}

const lengthsUm = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50];

/** A round length that takes about a fifth of the picture. @param pxPerNm CSS pixels a nanometre */
export function scaleBar(widthPx: number, pxPerNm: number): { readonly um: number; readonly px: number } {
  const best = lengthsUm.filter((um) => um * 1000 * pxPerNm <= widthPx * 0.28).at(-1) ?? 0.05;
  return { um: best, px: best * 1000 * pxPerNm };
}
