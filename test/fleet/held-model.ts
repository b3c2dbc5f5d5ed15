import type { Image, ScoreRecord } from "../../src/core/index.js";
import type { WorkerModel } from "../../src/fleet/index.js";

/** Of no network that there is. */
export const key = "0123456789abcdef";
let frames = 0;
/** Unlike any other frame. */
export function frame(): Image {
  const pixels = new Uint16Array(64 * 64).fill(3);
  pixels[0] = ++frames;
  return { pixels, shape: [64, 64], pixelSizeNm: 20 };
}
/** What the held network says of a frame: told by its first pixel. */
export const record = (image: Image): ScoreRecord => ({
  score: (image.pixels[0] as number) / 1000,
  lower: 0,
  upper: 1,
  inDomain: true,
  foreground: 0.5,
  ms: 1,
});
/** The rig's own engine. */
export const local = {
  asked: 0,
  score: async (image: Image): Promise<ScoreRecord> => {
    local.asked++;
    return { ...record(image), reason: "here" };
  },
};

/** A network whose scoring the test holds in its hand. */
export class HeldModel implements WorkerModel {
  readonly name = "held";
  readonly key = key;
  readonly engine = "hand";
  readonly asked: number[] = [];
  answer: (image: Image) => Promise<ScoreRecord> = async (image) => record(image);
  score = async (image: Image): Promise<ScoreRecord> => {
    this.asked.push(image.pixels[0] as number);
    return this.answer(image);
  };
}
