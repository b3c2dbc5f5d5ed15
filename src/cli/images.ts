import { decodeImageFile, type Image, InputError, type ScoreRecord } from "../core/index.js";
import { openBundle, Scorer } from "../scoring/index.js";

/** The only plane of an image file, as counts. @throws InputError when there are several planes or none */
export async function readFrame(file: string, pixelSizeNm = 20): Promise<Image> {
  const { planes } = await decodeImageFile(file);
  const [plane] = planes;
  if (plane === undefined || planes.length > 1) {
    throw new InputError("NOT_ONE_FRAME", `${planes.length} frames where one was meant`, { where: file });
  }
  return { pixels: plane.pixels, shape: plane.shape, pixelSizeNm: plane.pixelSizeNm ?? pixelSizeNm };
}

/** Scores one image with a bundle and closes the engine again. */
export async function scoreOnce(image: Image, model: string): Promise<ScoreRecord> {
  const scorer = await Scorer.open(await openBundle(model), { engine: "auto", threads: 2 });
  try {
    return await scorer.score(image);
  } finally {
    await scorer.close();
  }
}
