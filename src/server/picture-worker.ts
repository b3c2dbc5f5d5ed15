import { parentPort } from "node:worker_threads";
import { decodeImageFile, serveCalls } from "../core/index.js";
import { imageOfJson } from "./json-image.js";
import { type PictureOptions, pictureOf } from "./picture.js";
import type { Decoded } from "./pictures.js";

/** The picture thread: see pictures.ts. */
if (parentPort !== null) {
  serveCalls(parentPort, {
    png: (pixels: Uint16Array | Float32Array, shape: readonly [number, number], options: PictureOptions) =>
      pictureOf(pixels, shape, options),
    decodeFile: async (bytes: Uint8Array, name: string): Promise<Decoded> => ({
      images: await decodeImageFile(bytes, name),
    }),
    decodeJson: (body: Uint8Array): Decoded => ({ images: [imageOfJson(body)] }),
  });
}
