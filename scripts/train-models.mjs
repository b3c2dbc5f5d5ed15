// Makes the shipped models, from nothing to card: node scripts/train-models.mjs [NAME…] [--epochs N] [--work DIR]
// Datasets are written below DIR (default .work/sets) once and used again. Needs a build (npm run build);
// with native TensorFlow (stedloop setup tensorflow) a model takes under an hour, without it a day.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { evaluate, recalibrate, simulateDataset, train, updateCard } from "../dist/src/training/index.js";

const recipes = {
  actin: { structure: "actin", arch: "cnn" },
  "actin-fcn": { structure: "actin", arch: "fcn" },
  mixed: { structure: "mixed", arch: "cnn" },
};
const seeds = { training: 1, calibration: 101, test: 202, strange: 303 };
const frames = { training: 1140, calibration: 2000, test: 3000, strange: 600 };

const args = process.argv.slice(2);
const option = (name, fallback) => {
  const at = args.indexOf(name);
  return at < 0 ? fallback : args.splice(at, 2)[1];
};
const epochs = Number(option("--epochs", "40"));
const work = option("--work", ".work/sets");
const names = args.length > 0 ? args : Object.keys(recipes);
const say = (line) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
const digits = (value) =>
  JSON.parse(JSON.stringify(value, (_, v) => (typeof v === "number" ? Number(v.toPrecision(4)) : v)));

async function dataset(structure, purpose) {
  const out = join(work, `${structure}-${purpose}`);
  if (!existsSync(join(out, "dataset.json"))) {
    say(`simulating ${frames[purpose]} frames of ${structure} for ${purpose}`);
    await simulateDataset({ structure, count: frames[purpose], seed: seeds[purpose], out });
  }
  return out;
}

for (const name of names) {
  const recipe = recipes[name];
  if (recipe === undefined) throw new Error(`no recipe '${name}': ${Object.keys(recipes).join(", ")}`);
  const { structure, arch } = recipe;
  const model = join("models", name);
  const training = await dataset(structure, "training");
  await train({ dataset: training, out: model, arch, epochs, resume: true, onProgress: say });
  say("calibrating");
  const calibration = await recalibrate({ dataset: await dataset(structure, "calibration"), model });
  say(`calibrated on ${calibration.frames} frames`);
  const found = { [structure]: await evaluate({ dataset: await dataset(structure, "test"), model }) };
  for (const other of ["tubulin", "clusters"]) {
    if (structure === "actin")
      found[other] = await evaluate({ dataset: await dataset(other, "strange"), model });
  }
  await updateCard(model, (card) => ({
    ...card,
    metrics: {
      ...card.metrics,
      further: digits(found),
      furtherCommand: `node scripts/train-models.mjs ${name} --epochs ${epochs} --work ${work}`,
    },
  }));
  process.stdout.write(`${JSON.stringify({ model: name, ...digits(found) })}\n`);
}
