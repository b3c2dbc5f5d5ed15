import { existsSync } from "node:fs";
import { decodeImageFile, type Image, type ImageFile, InputError, type ScoreRecord } from "../core/index.js";
import { openBundle, Scorer } from "../scoring/index.js";

/** Which frame of a measurement is meant, where an Imspector file holds several stacks. */
export type FrameRole = "before" | "sted" | "after";

/**
 * One frame of an image file, as counts: the only plane, or of an Imspector file the stack that fits the role by its
 * name (the first confocal, the first STED, the last confocal). `FILE#STACK` names the stack.
 * @throws InputError when there are several planes or none
 */
export async function readFrame(given: string, role: FrameRole, pixelSizeNm = 20): Promise<Image> {
  const mark = given.lastIndexOf("#");
  const named = mark > 0 && !existsSync(given);
  const file = named ? given.slice(0, mark) : given;
  const image = await decodeImageFile(file, given, named ? { stack: given.slice(mark + 1) } : {});
  const wanted = image.planes[fitting(image, role)]?.stack?.index;
  const planes = image.planes.filter((plane) => plane.stack?.index === wanted);
  const [plane] = planes;
  if (plane === undefined || planes.length > 1) {
    throw new InputError("NOT_ONE_FRAME", `${planes.length} frames where one was meant`, { where: given });
  }
  return { pixels: plane.pixels, shape: plane.shape, pixelSizeNm: plane.pixelSizeNm ?? pixelSizeNm };
}

function fitting({ planes, preferred }: ImageFile, role: FrameRole): number {
  const confocal = planes.flatMap(({ stack }, i) => (/conf/i.test(stack?.name ?? "") ? [i] : []));
  if (role === "sted") return preferred;
  return (role === "before" ? confocal[0] : confocal.at(-1)) ?? preferred;
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
