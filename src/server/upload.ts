import type { FastifyRequest } from "fastify";
import { type Image, InputError } from "../core/index.js";
import type { Decoded, PictureWorker } from "./pictures.js";

/** Largest upload. Bigger files are for the command line, which need not hold them in memory twice. */
export const uploadLimitBytes = 64 * 1024 * 1024;
/** What multipart adds around a file. */
const wrappingBytes = 64 * 1024;

export interface Uploaded {
  readonly file: string;
  /** The page that is meant, counted from 0, of how many. */
  readonly frame: number;
  readonly frames: number;
  /** Of an Imspector file. */
  readonly stack?: string;
  readonly image: Image;
}
interface Wanted {
  readonly frame?: number | undefined;
  readonly stack?: string | undefined;
  readonly pixelSizeNm?: number | undefined;
}

/** One image out of what a client sends: one file, or JSON. Rejects InputError in words for all that is none. */
export async function receiveImage(
  request: FastifyRequest,
  wanted: Wanted,
  pictures: PictureWorker,
): Promise<Uploaded> {
  const { file, images, preferred } = await receive(request, wanted, pictures);
  const frame = wanted.frame ?? preferred;
  const image = images[frame];
  if (image === undefined) {
    throw new InputError("BAD_REQUEST", `the file has ${images.length} pages, there is no page ${frame}`, {
      hint: "pages count from 0",
    });
  }
  const { pixels, shape, stack } = image;
  const pixelSizeNm = wanted.pixelSizeNm ?? image.pixelSizeNm;
  const which = stack === undefined ? {} : { stack };
  return { file, frame, frames: images.length, ...which, image: { pixels, shape, pixelSizeNm } };
}

async function receive(
  request: FastifyRequest,
  wanted: Wanted,
  pictures: PictureWorker,
): Promise<{ readonly file: string } & Decoded> {
  if (!request.isMultipart()) {
    const body = request.body instanceof Uint8Array ? request.body : new Uint8Array(0);
    return { file: "image", ...(await pictures.decodeJson(body)) };
  }
  // Said before a byte of it is taken in: nobody waits for two gigabytes to be told that they are too many.
  if (Number(request.headers["content-length"]) > uploadLimitBytes + wrappingBytes) throw tooLarge();
  const part = await request.file({ limits: { fileSize: uploadLimitBytes, files: 1, fields: 4 } });
  if (part === undefined) throw new InputError("BAD_REQUEST", "no file came", { hint: "send one TIFF" });
  // At the limit and not at the end: what never ends would be taken in for ever.
  const limited = new Promise<never>((_, reject) => part.file.once("limit", () => reject(tooLarge())));
  const whole = part.toBuffer();
  whole.catch(() => undefined);
  const bytes = await Promise.race([whole, limited]);
  // A file cut off at the limit would else be read as a damaged one.
  if (part.file.truncated) throw tooLarge();
  return { file: part.filename, ...(await pictures.decodeFile(bytes, part.filename, wanted.stack)) };
}

function tooLarge(): InputError {
  return new InputError("TOO_LARGE", `files up to ${uploadLimitBytes / 2 ** 20} MiB are taken here`, {
    hint: "use `stedloop score` for bigger ones",
  });
}
