// Where is a network's error? node scripts/where-wrong.mjs MODEL DATASET
// Scores every frame of a simulated dataset and prints, for each injected defect and for frames without one, how many frames there
// are, their RMSE and mean error against the true rating, and their share of the whole squared error; then how much of it the worst
// frames make. Frames without a score are left out. Needs a build.
import { readDataset } from "../dist/src/core/index.js";
import { openBundle, Scorer } from "../dist/src/scoring/index.js";
import { loadFrames } from "../dist/src/training/index.js";

const [model, folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("node scripts/where-wrong.mjs MODEL DATASET");
const dataset = readDataset(folder);
const defectsOf = new Map(dataset.labels.map((label) => [label.id, label.notes.defects ?? ""]));
const bundle = await openBundle(model);
const { pixelSizeNm } = bundle.card.input;
const set = await loadFrames(dataset, pixelSizeNm);
const scorer = await Scorer.open(bundle, { engine: "onnx-cpu" });
const found = [];
for (const [i, pixels] of set.frames.entries()) {
  const { record } = await scorer.detail({ pixels, shape: [set.height, set.width], pixelSizeNm });
  if (record.score === null || set.trueRatings[i] === null) continue;
  const names = String(defectsOf.get(set.ids[i]) ?? "").match(/[a-zA-Z]+(?==)/g) ?? ["none"];
  found.push({ id: set.ids[i], names, error: record.score - set.trueRatings[i] });
}
await scorer.close();

const square = (frames) => frames.reduce((sum, { error }) => sum + error ** 2, 0);
const all = square(found);
const rows = [...new Set(found.flatMap(({ names }) => names))].map((name) => {
  const of = found.filter(({ names }) => names.includes(name));
  return {
    name,
    n: of.length,
    square: square(of),
    mean: of.reduce((sum, f) => sum + f.error, 0) / of.length,
  };
});
console.log(`${found.length} frames, RMSE ${Math.sqrt(all / found.length).toFixed(3)}\n`);
console.log("| defect | frames | RMSE | mean error | share of squared error |\n|---|---|---|---|---|");
for (const row of rows.sort((a, b) => b.square - a.square)) {
  const rmse = Math.sqrt(row.square / row.n).toFixed(3);
  console.log(
    `| ${row.name} | ${row.n} | ${rmse} | ${row.mean.toFixed(3)} | ${Math.round((100 * row.square) / all)} % |`,
  );
}
const worst = found.toSorted((a, b) => b.error ** 2 - a.error ** 2);
for (const share of [0.01, 0.05, 0.1]) {
  const part = square(worst.slice(0, Math.round(share * found.length)));
  console.log(`the worst ${100 * share} % of the frames make ${Math.round((100 * part) / all)} % of it`);
}
