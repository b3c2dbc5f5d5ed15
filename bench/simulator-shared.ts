/** What the benchmarks of the simulator share: the reference tables and maps of the tests. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { decode } from "fast-png";
import { type FrameJob, type Method, renderScan, scanOf } from "../drivers/simulated/frame/render.js";
import { anchorMicroscope } from "../drivers/simulated/physics/profile.js";
import { MapField } from "../drivers/simulated/sample/map-field.js";
import { RandomStream } from "../src/core/index.js";

export type { Row as BenchRow } from "./row-shared.js";

/** dist/bench/ is two levels down. */
export const packageRoot = fileURLToPath(new URL("../../", import.meta.url));
const fixtures = join(packageRoot, "test", "simulated", "fixtures");

export function referenceTable(name: string): Record<string, string>[] {
  const text = readFileSync(join(fixtures, `${name}.csv`), "utf8").trim();
  const [head, ...lines] = text.split(/\r?\n/).map(cells);
  return lines.map((line) =>
    Object.fromEntries((head as string[]).map((column, i) => [column, line[i] ?? ""])),
  );
}

/** Cells of a CSV line; quotes may hold commas. */
function cells(line: string): string[] {
  return [...line.matchAll(/("([^"]*)"|[^,]*)(,|$)/g)].map((m) => m[2] ?? m[1] ?? "");
}

/** Molecules per pixel, 224 × 224, of one of pySTED's example maps (CC-BY 4.0). */
export function exampleMap(name: string): Int32Array {
  return Int32Array.from(decode(readFileSync(join(fixtures, `${name}.png`))).data);
}

export const gym = anchorMicroscope();

/** One frame of an example map at given settings. */
export function mapFrame(
  map: Int32Array,
  settings: Record<string, number>,
  run: number,
  more: Partial<FrameJob> = {},
): ReturnType<typeof renderScan> {
  return renderScan({
    microscope: gym,
    field: new MapField(map.slice(), 224, 224),
    scan: scanOf(settings, "sted", 224, 224),
    pixelNm: 20,
    bleaching: RandomStream.of(run, "bleaching"),
    photons: RandomStream.of(run, "photons"),
    ...more,
  });
}

/** Median CPU time of a frame with bleaching and noise (all threads of this process, its collector's too), ms; kernels warm. */
export function timeFrames(map: Int32Array, method: Method, frames: number): number {
  const settings = { depletionPowerMw: 150, excitationPowerUw: 10, dwellTimeUs: 10, lineRepeats: 1 };
  const times: number[] = [];
  // Frames by fives: the clock of CPU time ticks too coarsely for one.
  for (let i = 0; i < frames + 10; i += 5) {
    const began = process.cpuUsage();
    for (let k = 0; k < 5; k++) mapFrame(map, settings, i + k, { method });
    const { user, system } = process.cpuUsage(began);
    if (i >= 10) times.push((user + system) / 5000);
  }
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;
}

/** Puts a table into docs/science/simulator.md, after the comment that names its command and before `<!-- /name -->`. */
export function writeTable(name: string, command: string, table: string): void {
  const file = join(packageRoot, "docs", "science", "simulator.md");
  const text = readFileSync(file, "utf8");
  const [begin, end] = [`<!-- ${name}: ${command} -->`, `<!-- /${name} -->`];
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < 0) throw new Error(`${file} has no place for the table (${begin})`);
  writeFileSync(file, `${text.slice(0, from + begin.length)}\n${table}\n${text.slice(to)}`);
}
