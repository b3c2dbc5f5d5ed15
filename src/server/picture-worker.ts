import { parentPort } from "node:worker_threads";
import { decodeImageFile, serveCalls } from "../core/index.js";
import { defaultPixelSizeNm, imageOfJson } from "./json-image.js";
import { type PictureOptions, pictureOf } from "./picture.js";
import type { Decoded } from "./pictures.js";

/** Most bytes of pixels that one upload may unpack to. */
const mostBytes = 256 * 1024 * 1024;

/** The picture thread: see pictures.ts. */
if (parentPort !== null) {
  serveCalls(parentPort, {
    png: (pixels: Uint16Array | Float32Array, shape: readonly [number, number], options: PictureOptions) =>
      pictureOf(pixels, shape, options),
    decodeFile: async (bytes: Uint8Array, name: string, wanted?: string): Promise<Decoded> => {
      const options = { maxBytes: mostBytes, stack: wanted };
      const { planes, preferred } = await decodeImageFile(bytes, name, options);
      return {
        preferred,
        images: planes.map(({ pixels, shape, pixelSizeNm, stack }) => ({
          pixels,
          shape,
          pixelSizeNm: pixelSizeNm ?? defaultPixelSizeNm,
          ...(stack === undefined ? {} : { stack: stack.name }),
        })),
      };
    },
    decodeJson: (body: Uint8Array): Decoded => ({ images: [imageOfJson(body)], preferred: 0 }),
  });
}
