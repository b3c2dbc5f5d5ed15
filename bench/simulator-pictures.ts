/**
 * `npm run bench simulator-pictures`: draws docs/science/*.png: frames by true rating for every structure, and simulated
 * frames beside the real recordings of demo/real at matched counts. Its rows compare simulated and real frames by numbers.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encode } from "fast-png";
import { type RandomFrame, randomFrame, type Structure } from "../drivers/simulated/index.js";
import { decodeImageFile } from "../src/core/index.js";
import { Canvas } from "./simulator-canvas-shared.js";
import { type FrameFigures, figuresOf, realFrames } from "./simulator-figures-shared.js";
import { type BenchRow, packageRoot, writeTable } from "./simulator-shared.js";

const out = join(packageRoot, "docs", "science");
const side = 224;
const gap = 4;

export async function run(): Promise<BenchRow[]> {
  mkdirSync(out, { recursive: true });
  for (const [structure, index] of [
    ["actin", 12],
    ["tubulin", 1],
    ["clusters", 3],
    ["mixed", 3],
  ] as const) {
    ratingRow(structure, index);
  }
  return besideReal();
}

/** One field, photographed so that its true rating runs from 0.0 to 1.0; rating and settings stand above each frame. */
function ratingRow(structure: Structure, index: number): void {
  const canvas = new Canvas(11 * (side + gap), side + 14);
  for (let i = 0; i <= 10; i++) {
    const wanted: [number, number] = [Math.max(0, i / 10 - 0.015), Math.min(1, i / 10 + 0.015)];
    const frame = randomFrame({ structure, seed: 3, index, wanted, defects: {}, tries: 16 });
    const x = i * (side + gap);
    canvas.frame(frame.pixels, side, side, x, 14);
    const { depletionPowerMw: p = 0, excitationPowerUw: e = 0, dwellTimeUs: t = 0 } = frame.settings;
    canvas.text(
      `${frame.truth.rating.toFixed(2)}  ${p.toFixed(0)}-${e.toFixed(1)}-${t.toFixed(0)}`,
      x + 2,
      2,
    );
  }
  save(canvas, `ratings-${structure}.png`);
}

/** Real recordings above, under each a simulated frame of the same kind whose mean count is near. */
async function besideReal(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  const lines: string[] = [];
  const canvas = new Canvas(realFrames.length * (side + gap), 2 * (side + gap));
  for (const [i, real] of realFrames.entries()) {
    const plane = (await decodeImageFile(join(packageRoot, "demo", "real", real.file))).planes[0];
    if (plane === undefined) continue;
    const theirs = figuresOf(plane.pixels, side, side);
    const match = matched(real.structure, real.from, theirs);
    canvas.frame(plane.pixels, side, side, i * (side + gap), 0);
    canvas.frame(match.frame.pixels, side, side, i * (side + gap), side + gap);
    lines.push(tableLine(`${real.file}, real`, theirs), tableLine("simulated", match.figures));
    for (const key of Object.keys(theirs) as (keyof FrameFigures)[]) {
      const [ours, reference] = [match.figures[key], theirs[key]];
      rows.push({
        name: `${real.file}: ${key}`,
        ours,
        theirs: reference,
        ratio: ours / reference,
        unit: "simulated, real",
      });
    }
  }
  save(canvas, "beside-real.png");
  writeTable("beside real", "npm run bench simulator-pictures", [...tableHead, ...lines].join("\n"));
  return rows;
}

const tableHead = [
  "| frame | mean | median | p90 | p99 | foreground | over background | local contrast | 190 over 500 nm | lines along (1) or across (−1) |",
  "|---|---|---|---|---|---|---|---|---|---|",
];

function tableLine(name: string, f: FrameFigures): string {
  const counts = [f.mean.toFixed(1), f.p50, f.p90, f.p99];
  const shares = [f.foregroundShare, f.foregroundOverBackground, f.localContrast, f.finePower, f.alongness];
  return `| ${[name, ...counts, ...shares.map((v) => Number(v.toPrecision(2)))].join(" | ")} |`;
}

/** Of eighty fields the one whose counts, foreground, contrast, spectrum and direction of lines come nearest to the real frame's. */
function matched(
  structure: Structure,
  from: number,
  theirs: FrameFigures,
): { frame: RandomFrame; figures: FrameFigures } {
  let best: { frame: RandomFrame; figures: FrameFigures; far: number } | null = null;
  for (let index = from; index < from + 80; index++) {
    const frame = randomFrame({ structure, seed: 77, index, wanted: [0.35, 0.85], defects: {}, tries: 3 });
    const figures = figuresOf(frame.pixels, side, side);
    const far = (["mean", "p99", "foregroundShare", "localContrast", "finePower"] as const).reduce(
      (sum, key) => sum + Math.abs(Math.log((figures[key] + 0.05) / (theirs[key] + 0.05))),
      2 * Math.abs(figures.alongness - theirs.alongness),
    );
    if (best === null || far < best.far) best = { frame, figures, far };
  }
  return best as NonNullable<typeof best>;
}

function save(canvas: Canvas, name: string): void {
  const { width, height, data } = canvas;
  writeFileSync(join(out, name), encode({ width, height, data, channels: 1, depth: 8 }));
  console.error(`docs/science/${name}`);
}
