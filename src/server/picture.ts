import { encode } from "fast-png";
import { percentile } from "../core/index.js";
import { type balance, type ColourMapName, colourMap } from "./colour-map.js";

/** How counts become colours. Percentiles in 0..100; what lies outside is cut. */
export interface PictureOptions {
  readonly low: number;
  readonly high: number;
  readonly map: ColourMapName | typeof balance;
  /** Given instead of percentiles: the values at black and at white. */
  readonly range?: readonly [number, number];
}

/** @param shape [height, width] @returns the bytes of an 8-bit RGB PNG, one image pixel a pixel */
export function pictureOf(
  pixels: Uint16Array | Float32Array,
  shape: readonly [number, number],
  options: PictureOptions,
): Uint8Array {
  const [height, width] = shape;
  const from = options.range?.[0] ?? percentile(pixels, options.low);
  const to = options.range?.[1] ?? percentile(pixels, options.high);
  const scale = to > from ? 255 / (to - from) : 0;
  const colours = colourMap(options.map);
  const data = new Uint8Array(height * width * 3);
  for (let i = 0; i < height * width; i++) {
    const level = Math.min(255, Math.max(0, Math.round(((pixels[i] as number) - from) * scale)));
    data[3 * i] = colours[3 * level] as number;
    data[3 * i + 1] = colours[3 * level + 1] as number;
    data[3 * i + 2] = colours[3 * level + 2] as number;
  }
  return encode({ width, height, data, depth: 8, channels: 3 });
}
