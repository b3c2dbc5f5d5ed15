// {cnn, fcn} x augmentation on/off x seeds, all on one dataset: node scripts/compare-models.mjs [--dataset DIR] [--epochs N] [--seeds N] [--work DIR]
// With augmentation an epoch shows each frame twice, so without it twice the epochs are trained: the same number of
// steps for all. Prints a Markdown table, mean over the seeds and each seed's value; what is done stays in DIR
// (default .work/compare) and is not trained again. Needs a build and, for less than days, native TensorFlow.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { openBundle } from "../dist/src/scoring/index.js";
import { train } from "../dist/src/training/index.js";

const args = process.argv.slice(2);
const option = (name, fallback) => {
  const at = args.indexOf(name);
  return at < 0 ? fallback : args[at + 1];
};
const dataset = option("--dataset", ".work/sets/actin-training");
const work = option("--work", ".work/compare");
const epochs = Number(option("--epochs", "4"));
const seeds = Array.from({ length: Number(option("--seeds", "2")) }, (_, i) => i + 1);
const say = (line) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);

const rows = [];
for (const arch of ["cnn", "fcn"]) {
  for (const augmentation of [true, false]) {
    const found = [];
    for (const seed of seeds) {
      const name = `${arch}-${augmentation ? "doubled" : "plain"}-${seed}`;
      const out = join(work, name);
      if (!existsSync(join(out, "card.json"))) {
        const all = augmentation ? epochs : 2 * epochs;
        const onProgress = (line) => say(`${name}: ${line}`);
        await train({ dataset, out, arch, augmentation, epochs: all, seed, resume: true, onProgress });
      }
      const { card } = await openBundle(out);
      found.push({ ...card.metrics, seconds: card.training.seconds });
    }
    rows.push({ arch, augmentation, found });
  }
}
const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;
const cell = (values, places = 3) =>
  `${mean(values).toFixed(places)} (${values.map((v) => v.toFixed(places)).join(", ")})`;
process.stdout.write(
  `${[
    "| network | augmentation | RMSE, labels | RMSE, true rating | Spearman, true rating | minutes |",
    "|---|---|---|---|---|---|",
    ...rows.map(({ arch, augmentation, found }) => {
      const of = (value) => found.map(value);
      return `| ${arch} | ${augmentation ? "on" : "off"} | ${cell(of((m) => m.test.rmse))} | ${cell(of((m) => m.testAgainstTrueRating.rmse))} | ${cell(of((m) => m.testAgainstTrueRating.spearman))} | ${cell(
        of((m) => m.seconds / 60),
        0,
      )} |`;
    }),
  ].join("\n")}\n`,
);
