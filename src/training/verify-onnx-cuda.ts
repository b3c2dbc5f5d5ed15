/** Run in a process of its own by `setup onnx-cuda`: one frame by the CUDA engine and by the plain one. */
import { openBundle, Scorer } from "../scoring/index.js";

const bundle = await openBundle("actin");
const pixels = Uint16Array.from(
  { length: 224 * 224 },
  (_, i) => 3 + (i % 11 < 3 ? 40 : 0) + ((i * 7919) % 5),
);
const scores: (number | null)[] = [];
let version = "";
for (const engine of ["onnx-cuda", "onnx-cpu"]) {
  const scorer = await Scorer.open(bundle, { engine, threads: 1 });
  scores.push((await scorer.score({ pixels, shape: [224, 224], pixelSizeNm: 20 })).score);
  version = scorer.info.version;
  await scorer.close();
}
process.stdout.write(`${JSON.stringify({ version, cuda: scores[0], plain: scores[1] })}\n`);
