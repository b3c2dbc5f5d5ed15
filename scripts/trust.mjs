// How far a model can be trusted, measured on frames whose fields it was never trained on:
//   node scripts/trust.mjs MODEL [--structure actin] [--work DIR] [--calibration N] [--test N] [--strange N] [--own]
// 1. calibrates the interval and the thresholds on N (2,000) further frames; 2. measures error, rank correlation and
// coverage on N (3,000) others, and on N (600) frames of structures it never saw; 3. asks how well the domain flag tells
// strangers (scripts/strangers.mjs) from these 3,000. Writes all of it into the model's card. Datasets are made below DIR
// (.work/sets) and kept. Needs a build. `--own`: the seen structure alone.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readDataset } from "../dist/src/core/index.js";
import { openBundle, Scorer } from "../dist/src/scoring/index.js";
import {
  auroc,
  evaluate,
  loadFrames,
  recalibrate,
  simulateDataset,
  updateCard,
} from "../dist/src/training/index.js";
import { strangers, strangersOf } from "./strangers.mjs";

const args = process.argv.slice(2);
const given = args.join(" ");
const option = (name, fallback) => {
  const at = args.indexOf(name);
  return at < 0 ? fallback : args.splice(at, 2)[1];
};
const work = option("--work", ".work/sets");
const structure = option("--structure", "actin");
const counts = {
  calibration: Number(option("--calibration", "2000")),
  test: Number(option("--test", "3000")),
  strange: Number(option("--strange", "600")),
};
const ownOnly = args.includes("--own");
const [name] = args;
if (name === undefined) throw new Error("which model? node scripts/trust.mjs actin");
const seeds = { calibration: 101, test: 202, strange: 303 };
const views = 4;
const perKind = 150;
const say = (line) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
const digits = (value) =>
  JSON.parse(JSON.stringify(value, (_, v) => (typeof v === "number" ? Number(v.toPrecision(4)) : v)));

async function dataset(of, purpose) {
  const out = join(work, `${of}-${purpose}`);
  if (!existsSync(join(out, "dataset.json"))) {
    say(`simulating ${counts[purpose]} frames of ${of} for ${purpose}`);
    await simulateDataset({ structure: of, count: counts[purpose], views, seed: seeds[purpose], out });
  }
  return out;
}

const { folder } = await openBundle(name);
const calibration = await recalibrate({ dataset: await dataset(structure, "calibration"), model: folder });
say(`calibrated on ${calibration.frames} frames`);
const found = { [structure]: await evaluate({ dataset: await dataset(structure, "test"), model: folder }) };
if (!ownOnly) {
  for (const other of ["tubulin", "clusters"].filter((s) => s !== structure)) {
    found[other] = await evaluate({ dataset: await dataset(other, "strange"), model: folder });
  }
}

/** How much the flag doubts a frame: more than 500 is out of domain. Whoever gets no score at all is doubted most. */
const bundle = await openBundle(folder);
const threshold = bundle.card.domain?.features?.threshold ?? 1;
const probeThreshold = bundle.card.domain?.probe?.threshold ?? 0;
const scorer = await Scorer.open(bundle, { engine: "onnx-cpu", threads: 1 });
async function doubt(image) {
  const { record, distance, probe } = await scorer.detail(image);
  if (record.score === null) return 1e9;
  // The probe knows the distance too; a card without one has the distance alone.
  const share = probe === null ? (distance ?? 0) / threshold - 1 : probe - probeThreshold;
  // A rule that fired (photons, saturation, distance) makes any frame more suspect than the probe alone does.
  return record.inDomain ? share : 1e3 + share;
}
async function doubts(images) {
  const out = [];
  for (const image of images) out.push(await doubt(image));
  return out;
}
const set = await loadFrames(readDataset(await dataset(structure, "test")), 20);
const own = set.frames.map((pixels) => ({ pixels, shape: [set.height, set.width], pixelSizeNm: 20 }));
const ordinary = own.filter((_, i) => (set.trueRatings[i] ?? 0) > 0);
const ownDoubts = await doubts(ordinary);
// The flag speaks of frames that get a score; own frames without one (no structure above the noise) are told apart by that.
const scoredDoubts = ownDoubts.filter((d) => d < 1e9);
const outOfDomain = {};
for (const kind of Object.keys(strangers)) {
  const theirs = await doubts(
    strangersOf(kind, perKind, ordinary, structure === "mixed" ? "actin" : structure),
  );
  outOfDomain[kind] = {
    n: theirs.length,
    auroc: auroc(theirs, scoredDoubts),
    aurocAmongAll: auroc(theirs, ownDoubts),
    flagged: theirs.filter((d) => d > 500).length / theirs.length,
    noScore: theirs.filter((d) => d === 1e9).length / theirs.length,
  };
  say(
    `${kind}: AUROC ${outOfDomain[kind].auroc.toFixed(3)} (${outOfDomain[kind].aurocAmongAll.toFixed(3)} with own frames that get no score), flagged ${outOfDomain[kind].flagged.toFixed(2)}`,
  );
}
const ownFlagged = scoredDoubts.filter((d) => d > 500).length / scoredDoubts.length;
const ownWithoutScore = 1 - scoredDoubts.length / ownDoubts.length;
await scorer.close();
await updateCard(folder, (card) => ({
  ...card,
  metrics: {
    ...card.metrics,
    further: digits(found),
    outOfDomain: digits({ ...outOfDomain, ownFlagged, ownWithoutScore }),
    furtherCommand: `node scripts/trust.mjs ${given}`,
  },
}));
process.stdout.write(
  `${JSON.stringify({ model: name, ...digits(found), outOfDomain: digits(outOfDomain), ownFlagged })}\n`,
);
