// What does a model look at, and does its score move the right way?
//   node scripts/looked-at.mjs [MODEL] [--pictures DIR] [--fields N]
// Good simulated actin frames (N fields, default 12, never trained on) are spoilt by degrees: blurred, thinned, given
// background, bleached from top to bottom; and the same fields are imaged again with less depletion power (rings at
// 190 nm fade) and with a dose that bleaches. Prints for each sweep the mean score by strength and Spearman's rank
// correlation of strength and score, per field (median, least favourable) and over all. Writes plots and occlusion maps.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderFrame } from "../dist/drivers/simulated/index.js";
import { decodeImageFile, RandomStream } from "../dist/src/core/index.js";
import { openBundle, overlayPng, Scorer } from "../dist/src/scoring/index.js";
import { spearman } from "../dist/src/training/index.js";
import { spoil } from "./spoil.mjs";

const args = process.argv.slice(2);
const option = (name, fallback) => {
  const at = args.indexOf(name);
  return at < 0 ? fallback : args.splice(at, 2)[1];
};
const pictures = option("--pictures");
const fields = Number(option("--fields", "12"));
const [model = "actin"] = args;
const good = { depletionPowerMw: 150, excitationPowerUw: 10, dwellTimeUs: 20, lineRepeats: 1 };
const firstSeed = 60_001;
const imaged = (settings, seed) => {
  const sample = { structure: "actin" };
  const { pixels, shape, pixelSizeNm } = renderFrame({ sample, settings, kind: "sted", seed });
  return { pixels, shape, pixelSizeNm };
};
const spoilt = (name) => (frame, strength, random) => ({
  ...frame,
  pixels: spoil[name](Uint16Array.from(frame.pixels), strength, frame.shape, random),
});
/** Strengths grow with the harm. */
const sweeps = {
  "blur (px)": { strengths: [0, 0.7, 1.2, 2, 3, 5], change: spoilt("blur") },
  "photons lost (share)": {
    strengths: [0, 0.5, 0.75, 0.9, 0.96, 0.985],
    change: (frame, lost, random) => spoilt("thin")(frame, 1 - lost, random),
  },
  "background (times the mean)": { strengths: [0, 0.5, 2, 5, 15, 40], change: spoilt("background") },
  "bleaching gradient (share)": { strengths: [0, 0.3, 0.5, 0.7, 0.85, 0.97], change: spoilt("bleaching") },
  "depletion power missing (mW of 150)": {
    strengths: [0, 50, 90, 120, 135, 150],
    change: (_frame, missing, _random, seed) => imaged({ ...good, depletionPowerMw: 150 - missing }, seed),
  },
  "dwell time missing (share of 20 us)": {
    strengths: [0, 0.5, 0.75, 0.88, 0.94],
    change: (_frame, missing, _random, seed) => imaged({ ...good, dwellTimeUs: 20 * (1 - missing) }, seed),
  },
};

const scorer = await Scorer.open(await openBundle(model), { engine: "onnx-cpu", threads: 1 });
const scoreOf = async (frame) => (await scorer.score(frame)).score ?? 0;
const rows = [];
for (const [sweep, { strengths, change }] of Object.entries(sweeps)) {
  const perField = [];
  for (let f = 0; f < fields; f++) {
    const seed = firstSeed + f;
    const frame = imaged(good, seed);
    const scores = [];
    for (const [i, strength] of strengths.entries()) {
      scores.push(await scoreOf(change(frame, strength, RandomStream.of(seed, sweep, i), seed)));
    }
    perField.push(scores);
  }
  const correlations = perField.map((scores) => spearman(strengths, scores) ?? 0).sort((a, b) => a - b);
  const row = {
    sweep,
    strengths,
    mean: strengths.map((_, i) => Number((perField.reduce((s, v) => s + v[i], 0) / fields).toFixed(3))),
    spearmanMedian: correlations[correlations.length >> 1],
    spearmanWorst: correlations.at(-1),
    spearmanAll: spearman(
      perField.flatMap(() => strengths),
      perField.flat(),
    ),
  };
  rows.push(row);
  process.stdout.write(`${JSON.stringify(row)}\n`);
}
if (pictures !== undefined) {
  mkdirSync(pictures, { recursive: true });
  writeFileSync(join(pictures, "sweeps.svg"), plots());
  const shown = [["simulated", imaged(good, firstSeed)]];
  const real = new URL("../demo/real/", import.meta.url).pathname;
  for (const name of ["actin_axon_1", "actin_dendrite_1"]) {
    const { pixels, shape } = (await decodeImageFile(readFileSync(join(real, `${name}.tif`)))).planes[0];
    shown.push([name, { pixels, shape, pixelSizeNm: 20 }]);
  }
  for (const [name, frame] of shown) {
    const { heatmap } = await scorer.detail(frame, { heatmap: "occlusion" });
    writeFileSync(join(pictures, `occlusion-${name}.png`), overlayPng(frame.pixels, heatmap));
  }
}
await scorer.close();

function plots() {
  const [width, height, margin] = [250, 190, 36];
  const cells = rows.map((row, n) => {
    const [left, top] = [(n % 3) * width, Math.floor(n / 3) * height];
    const x = (i) => left + margin + (i / (row.strengths.length - 1)) * (width - margin - 16);
    const y = (v) => top + height - margin - v * (height - margin - 30);
    const line = row.mean.map((v, i) => `${x(i).toFixed(1)},${y(v).toFixed(1)}`).join(" ");
    return [
      `<text x="${left + margin}" y="${top + 16}" font-weight="bold">${row.sweep}</text>`,
      ...[0, 0.5, 1].map(
        (t) =>
          `<line x1="${x(0)}" x2="${x(row.strengths.length - 1)}" y1="${y(t)}" y2="${y(t)}" stroke="#ddd"/><text x="${left + margin - 6}" y="${y(t) + 4}" text-anchor="end">${t}</text>`,
      ),
      ...row.strengths.map(
        (s, i) => `<text x="${x(i)}" y="${top + height - margin + 16}" text-anchor="middle">${s}</text>`,
      ),
      `<polyline points="${line}" fill="none" stroke="#4e79a7" stroke-width="2"/>`,
      ...row.mean.map((v, i) => `<circle cx="${x(i)}" cy="${y(v)}" r="3" fill="#4e79a7"/>`),
    ].join("\n");
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${3 * width}" height="${Math.ceil(rows.length / 3) * height}" font-family="sans-serif" font-size="11">`,
    '<rect width="100%" height="100%" fill="white"/>',
    ...cells,
    "</svg>\n",
  ].join("\n");
}
