/**
 * `npm run bench objectives [scan|held-out|sweep] [write]`: resolution estimates against the simulator's known resolution by power, and the
 * time of all objectives of one step. `write` puts the tables into docs/science/objectives.md; `scan`
 * looks at a thousand frames instead of some hundred, `held-out` at fields on which nothing was ever chosen,
 * `sweep` at one frame of each structure for pixels from 5 to 60 nm.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type RenderedSample, renderFrame } from "../drivers/simulated/index.js";
import type { Image } from "../src/core/index.js";
import { evaluateObjectives, type Triple } from "../src/objectives/index.js";
import { scannedField } from "./objectives-field-shared.js";
import { rigFrames, rigTables } from "./objectives-rig-shared.js";
import { filaments, knownFwhmNm, side, spots } from "./objectives-shared.js";
import { sweepTable } from "./objectives-sweep-shared.js";
import { heldOutViews, powers, shortViews, wideViews } from "./objectives-views-shared.js";
import { type BenchRow, packageRoot } from "./simulator-shared.js";

const seeds = [1, 2, 3];
const budgetMs = 100;
/** Mean of an estimate over seeds, and how many of them told. */
interface Estimate {
  readonly value: number;
  readonly told: number;
}
interface Line {
  readonly sample: string;
  readonly power: number;
  readonly snr: number;
  readonly knownNm: number;
  readonly frc: Estimate;
  readonly decorrelation: Estimate;
  readonly beamNm: number;
  readonly fwhm: Estimate;
}

const samples = [
  { name: "filaments", of: "line", make: (seed: number) => filaments(12, 120, seed) },
  { name: "spots", of: "point", make: (seed: number) => spots(400, 450, seed) },
] as const;

const imageOf = ({ pixels, shape, pixelSizeNm }: RenderedSample): Image => ({ pixels, shape, pixelSizeNm });
const alone = (sted: Image): Triple => ({ before: null, sted, after: null, score: null, settings: {} });
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/** Thin samples in anchor mode with so many molecules that every power has a signal to noise ratio of 5. */
function thinSamples(): Line[] {
  return samples.flatMap(({ name, of, make }) =>
    powers.map((power) => {
      const frames = seeds.map((seed) =>
        renderFrame({
          sample: { map: { molecules: make(seed), heightPx: side, widthPx: side } },
          settings: { depletionPowerMw: power, excitationPowerUw: 10, dwellTimeUs: 10, lineRepeats: 1 },
          mode: "anchor",
          seed,
        }),
      );
      const found = frames.map((frame) => evaluateObjectives(alone(imageOf(frame))));
      const estimate = (objective: string): Estimate => {
        const told = found.map((f) => f[objective]?.value ?? null).filter((v) => v !== null);
        return { value: told.length === 0 ? Number.NaN : mean(told), told: told.length };
      };
      return {
        sample: name,
        power,
        snr: estimate("snr").value,
        knownNm: mean(frames.map((f) => f.resolutionNm).filter((v) => v !== null)),
        frc: estimate("frcNm"),
        decorrelation: estimate("resolutionNm"),
        beamNm: knownFwhmNm(power, of),
        fwhm: estimate("fwhmNm"),
      };
    }),
  );
}

/** Median CPU time, ms, of all objectives of one step of 224 × 224 pixels: what else runs on the machine does not count. */
function stepMs(): number {
  const settings = { depletionPowerMw: 100, excitationPowerUw: 10, dwellTimeUs: 30, lineRepeats: 1 };
  const { triple } = scannedField("actin", 1, 20)(settings);
  const times = Array.from({ length: 30 }, () => {
    const began = process.cpuUsage();
    evaluateObjectives(triple);
    const { user, system } = process.cpuUsage(began);
    return (user + system) / 1000;
  });
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)] as number;
}

const nm = ({ value, told }: Estimate): string =>
  told === 0
    ? "null"
    : told < seeds.length
      ? `${value.toFixed(0)} (${told} of ${seeds.length})`
      : value.toFixed(0);

export async function run(args: readonly string[] = []): Promise<BenchRow[]> {
  const given = new Set(args.map((a) => a.replace(/^-+/, "")));
  if (given.has("sweep")) {
    const table = sweepTable();
    console.error(table);
    if (given.has("write")) write("sweep", table);
    return [];
  }
  const ms = stepMs();
  const lines = thinSamples();
  const scanned = given.has("held-out") ? "held-out fields" : given.has("scan") ? "scan" : "rig samples";
  const views = { "held-out fields": heldOutViews, scan: wideViews, "rig samples": shortViews }[scanned];
  const rig = rigTables(rigFrames(views));
  const thin = [
    "| sample | depletion, mW | SNR | known resolution | frcNm | resolutionNm | beam FWHM | fwhmNm |",
    "|---|---|---|---|---|---|---|---|",
    ...lines.map(
      (l) =>
        `| ${l.sample} | ${l.power} | ${l.snr.toFixed(1)} | ${l.knownNm.toFixed(0)} | ${nm(l.frc)} | ${nm(l.decorrelation)} | ${l.beamNm.toFixed(0)} | ${nm(l.fwhm)} |`,
    ),
  ].join("\n");
  console.error(`${thin}\n\n${rig.text}`);
  if (given.has("write")) {
    write("thin samples", thin);
    if (scanned !== "scan") write(scanned, rig.text);
  }
  const row = (name: string, ours: number, theirs: number, unit: string): BenchRow => ({
    name,
    ours,
    theirs,
    ratio: ours / theirs,
    unit,
  });
  return [
    row("objectives of one step / allowed", ms, budgetMs, "CPU ms"),
    ...lines.flatMap((l) => [
      row(`frcNm, ${l.sample}, ${l.power} mW / known`, l.frc.value, l.knownNm, "nm"),
      row(`resolutionNm, ${l.sample}, ${l.power} mW / known`, l.decorrelation.value, l.knownNm, "nm"),
      row(`fwhmNm, ${l.sample}, ${l.power} mW / known`, l.fwhm.value, l.beamNm, "nm"),
    ]),
    ...rig.shares.map((s) => row(`${s.objective}, ${s.of}: within 15 % / told`, s.within, s.told, "frames")),
  ];
}

function write(name: string, table: string): void {
  const file = join(packageRoot, "docs", "science", "objectives.md");
  const text = readFileSync(file, "utf8");
  const [begin, end] = [`<!-- ${name}: `, `<!-- /${name} -->`];
  const from = text.indexOf("\n", text.indexOf(begin));
  const to = text.indexOf(end);
  if (!text.includes(begin) || to < 0) throw new Error(`${file} has no place for the table (${begin})`);
  writeFileSync(file, `${text.slice(0, from)}\n${table}\n${text.slice(to)}`);
}
