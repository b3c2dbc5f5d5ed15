// Makes the shipped models, from nothing to card: node scripts/train-models.mjs [NAME…] [--work DIR]
// Datasets are written below DIR (default .work/sets) once and used again; a training that was cut short is resumed.
// Needs a build (npm run build) and, for less than a day, native TensorFlow (stedloop setup tensorflow).
// A field of view is imaged three times with different settings: 4,000 fields make 12,000 frames.
// `actin` goes on from the network of commit ec8073e, whose script made it of 9,000 other frames from that of 6276cb9, and so on
// back to nothing: every card names the one before (`begunWith`). So does `actin-fcn`, from that of commit eb111f4.
// They learn the true rating: the simulated rater's noise is our own addition, and half of the gradient's. What the networks before
// rated worst (scripts/where-wrong.mjs) is drawn more often, still in three frames of ten.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { simulateDataset, train } from "../dist/src/training/index.js";

const recipes = {
  actin: { structure: "actin", fields: 4000, arch: "cnn", epochs: 8, rate: 6e-4, commit: "ec8073e" },
  "actin-fcn": { structure: "actin", fields: 4000, arch: "fcn", epochs: 3, rate: 5e-4, commit: "eb111f4" },
  mixed: { structure: "mixed", fields: 1500, arch: "cnn", epochs: 2, start: "models/actin" },
};
const [views, seed] = [3, 4];
const moreOf = ["saturatedShare", "hotSpots", "droppedRows", "vibrationNm"];

/** The shipped network of an earlier commit, out of the repository's history. */
function networkOf(commit, name) {
  const folder = join(work, commit);
  if (!existsSync(join(folder, "models", name))) {
    mkdirSync(folder, { recursive: true });
    const tar = execFileSync("git", ["archive", commit, `models/${name}`], { maxBuffer: 2 ** 28 });
    execFileSync("tar", ["-x", "-C", folder], { input: tar });
  }
  return join(folder, "models", name);
}

const args = process.argv.slice(2);
const at = args.indexOf("--work");
const work = at < 0 ? ".work/sets" : args.splice(at, 2)[1];
const say = (line) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);

for (const name of args.length > 0 ? args : Object.keys(recipes)) {
  const recipe = recipes[name];
  if (recipe === undefined) throw new Error(`no recipe '${name}': ${Object.keys(recipes).join(", ")}`);
  const { structure, fields, commit, ...how } = recipe;
  if (commit !== undefined) how.start = networkOf(commit, name);
  const dataset = join(work, `${structure}-training`);
  if (!existsSync(join(dataset, "dataset.json"))) {
    say(`simulating ${fields * views} frames of ${structure}`);
    await simulateDataset({ structure, count: fields * views, views, moreOf, seed, out: dataset });
  }
  await train({
    dataset,
    out: join("models", name),
    ...how,
    target: "trueRating",
    seed,
    resume: true,
    onProgress: say,
  });
  const trust = ["scripts/trust.mjs", `models/${name}`, "--structure", structure, "--work", work];
  const { status } = spawnSync(process.execPath, trust, { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
