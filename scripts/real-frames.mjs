// How a model judges real recordings beside the published Actin network:
//   node scripts/real-frames.mjs MODEL --published BUNDLE [--svg FILE]
// Takes the six recordings of demo/real and graded degradations of each (photons thinned, blurred, background
// added, and pairs of these: 156 frames), scores all with both and prints the rank correlation as JSON.
// BUNDLE comes from `stedloop import-torch` with the authors' file, which is not ours to ship.
// Nothing here is ever trained on.
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { decodeImageFile, RandomStream } from "../dist/src/core/index.js";
import { openBundle, Scorer } from "../dist/src/scoring/index.js";
import { spearman } from "../dist/src/training/index.js";
import { spoil } from "./spoil.mjs";

const args = process.argv.slice(2);
const option = (name) => {
  const at = args.indexOf(name);
  return at < 0 ? undefined : args.splice(at, 2)[1];
};
const published = option("--published");
const svg = option("--svg");
const [model = "actin"] = args;
if (published === undefined) throw new Error("--published BUNDLE is missing");

const single = [
  ...[0.5, 0.25, 0.12, 0.06, 0.03].map((v) => [["thin", v]]),
  ...[1, 2, 3, 5].map((v) => [["blur", v]]),
  ...[0.5, 2, 5, 15].map((v) => [["background", v]]),
];
const pairs = [1, 2, 3].flatMap((blur) =>
  [0.5, 0.12].map((thin) => [
    ["blur", blur],
    ["thin", thin],
  ]),
);
const noisy = [0.5, 2, 5].flatMap((b) =>
  [0.5, 0.12].map((thin) => [
    ["background", b],
    ["thin", thin],
  ]),
);
const recipes = [[], ...single, ...pairs, ...noisy];

const folder = new URL("../demo/real/", import.meta.url).pathname;
const [ours, theirs] = await Promise.all(
  [model, published].map(async (m) => Scorer.open(await openBundle(m), { engine: "onnx-cpu" })),
);
const rows = [];
for (const file of readdirSync(folder)
  .filter((f) => f.endsWith(".tif"))
  .sort()) {
  const { pixels, shape } = (await decodeImageFile(join(folder, file))).planes[0];
  for (const [i, recipe] of recipes.entries()) {
    const random = RandomStream.of(1, "real frames", file, i);
    let changed = Uint16Array.from(pixels);
    for (const [name, value] of recipe) changed = spoil[name](changed, value, shape, random);
    const image = { pixels: changed, shape, pixelSizeNm: 20 };
    const [a, b] = [await ours.score(image), await theirs.score(image)];
    const change = recipe.map(([name, value]) => `${name} ${value}`).join(", ") || "as recorded";
    rows.push({ file, change, ours: a.score, published: b.score, inDomain: a.inDomain, reason: a.reason });
  }
}
await Promise.all([ours.close(), theirs.close()]);
const scored = rows.filter((r) => r.ours !== null && r.published !== null);
const column = (name, of = scored) => of.map((r) => r[name]);
const plain = rows.filter((r) => r.change === "as recorded");
process.stdout.write(
  `${JSON.stringify({
    model,
    frames: rows.length,
    scored: scored.length,
    spearman: spearman(column("ours"), column("published")),
    inDomain: rows.filter((r) => r.inDomain).length,
    asRecorded: plain.map(({ file, ours, published, inDomain, reason }) => ({
      file,
      ours,
      published,
      inDomain,
      reason,
    })),
  })}\n`,
);
if (svg !== undefined) writeFileSync(svg, picture());

function picture() {
  const size = 420;
  const margin = 48;
  const at = (v) => margin + v * (size - 2 * margin);
  const colours = ["#4e79a7", "#f28e2b", "#59a14f", "#e15759", "#b07aa1", "#76b7b2"];
  const files = [...new Set(column("file"))];
  const ticks = [0, 0.2, 0.4, 0.6, 0.8, 1];
  const dots = scored.map((r) => {
    const fill = colours[files.indexOf(r.file)];
    const plainOne = r.change === "as recorded";
    return `<circle cx="${at(r.published).toFixed(1)}" cy="${(size - at(r.ours)).toFixed(1)}" r="${plainOne ? 6 : 3}" fill="${fill}" fill-opacity="${plainOne ? 1 : 0.6}"><title>${r.file}, ${r.change}</title></circle>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size + 180}" height="${size}" font-family="sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" fill="white"/>`,
    ...ticks.flatMap((t) => [
      `<line x1="${at(t)}" x2="${at(t)}" y1="${margin}" y2="${size - margin}" stroke="#ddd"/>`,
      `<line y1="${size - at(t)}" y2="${size - at(t)}" x1="${margin}" x2="${size - margin}" stroke="#ddd"/>`,
      `<text x="${at(t)}" y="${size - margin + 16}" text-anchor="middle">${t}</text>`,
      `<text x="${margin - 8}" y="${size - at(t) + 4}" text-anchor="end">${t}</text>`,
    ]),
    `<text x="${size / 2}" y="${size - 8}" text-anchor="middle">published Actin network</text>`,
    `<text transform="translate(14 ${size / 2}) rotate(-90)" text-anchor="middle">${model}</text>`,
    ...dots,
    ...files.map(
      (f, i) =>
        `<circle cx="${size + 4}" cy="${60 + 20 * i}" r="5" fill="${colours[i]}"/><text x="${size + 16}" y="${64 + 20 * i}">${f}</text>`,
    ),
    `<text x="${size}" y="${80 + 20 * files.length}">large: as recorded</text>`,
    "</svg>\n",
  ].join("\n");
}
