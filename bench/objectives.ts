/**
 * `npm run bench objectives [scan|held-out] [write]`: resolution estimates against the simulator's known resolution by power, and the
 * time of all objectives of one step. `write` puts the tables into docs/science/objectives.md; `scan`
 * looks at a thousand frames instead of some two hundred, `held-out` at fields on which nothing was ever chosen.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type RenderedSample, renderFrame, type Structure } from "../drivers/simulated/index.js";
import type { Image } from "../src/core/index.js";
import { evaluateObjectives, type Triple } from "../src/objectives/index.js";
import { scannedField } from "./objectives-field-shared.js";
import { filaments, knownFwhmNm, side, spots } from "./objectives-shared.js";
import { heldOutViews, powers, shortViews, type View, wideViews } from "./objectives-views-shared.js";
import { type BenchRow, packageRoot } from "./simulator-shared.js";

const seeds = [1, 2, 3];
const leastSnr = 5;
const tolerance = 0.15;
const budgetMs = 100;
const structures: readonly Structure[] = ["actin", "tubulin", "clusters", "mixed"];
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

interface Share {
  readonly structure: Structure;
  readonly objective: string;
  readonly frames: number;
  /** Of them more than half bleached: no estimate is given. */
  readonly bleached: number;
  readonly told: number;
  readonly within: number;
  readonly rms: number;
  readonly worst: number;
}

/** Frames of the rig's own samples with a signal to noise ratio of 5: how often an estimate tells, and how well. */
function rigSamples(views: readonly View[]): Share[] {
  return structures.flatMap((structure) => {
    const rows = views.flatMap((view) =>
      view.scanSeeds.flatMap((seed) => {
        const take = scannedField(structure, seed, view.pixelSizeNm);
        const { pixelSizeNm } = view;
        return view.dwellTimesUs.flatMap((dwellTimeUs) =>
          view.scanPowers.flatMap((depletionPowerMw) => {
            const excitationPowerUw = view.excitationUw ?? 10;
            const { triple, knownNm } = take({
              depletionPowerMw,
              excitationPowerUw,
              dwellTimeUs,
              lineRepeats: 1,
            });
            const found = evaluateObjectives(triple);
            const good = knownNm !== null && (found["snr"]?.value ?? 0) >= leastSnr;
            const where = `${structure}, seed ${seed}, ${pixelSizeNm} nm, ${depletionPowerMw} mW, ${excitationPowerUw} µW, ${dwellTimeUs} µs`;
            return good ? [{ known: knownNm, found, where }] : [];
          }),
        );
      }),
    );
    return ["frcNm", "resolutionNm"].map((objective) => {
      const errors = rows.flatMap(({ known, found, where }) => {
        const value = found[objective]?.value ?? null;
        if (value === null) return [];
        if (Math.abs(value / known - 1) > tolerance) {
          console.error(`${objective} ${value.toFixed(0)} nm, known ${known.toFixed(0)} nm: ${where}`);
        }
        return [value / known - 1];
      });
      return {
        structure,
        objective,
        frames: rows.length,
        bleached: rows.filter(({ found }) => (found["bleaching"]?.value ?? 0) > 0.5).length,
        told: errors.length,
        within: errors.filter((e) => Math.abs(e) <= tolerance).length,
        rms: Math.sqrt(mean(errors.map((e) => e * e))),
        worst: errors.reduce((a, e) => (Math.abs(e) > Math.abs(a) ? e : a), 0),
      };
    });
  });
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
  const ms = stepMs();
  const lines = thinSamples();
  const given = new Set(args.map((a) => a.replace(/^-+/, "")));
  const shares = rigSamples(
    given.has("held-out") ? heldOutViews : given.has("scan") ? wideViews : shortViews,
  );
  const thin = [
    "| sample | depletion, mW | SNR | known resolution | frcNm | resolutionNm | beam FWHM | fwhmNm |",
    "|---|---|---|---|---|---|---|---|",
    ...lines.map(
      (l) =>
        `| ${l.sample} | ${l.power} | ${l.snr.toFixed(1)} | ${l.knownNm.toFixed(0)} | ${nm(l.frc)} | ${nm(l.decorrelation)} | ${l.beamNm.toFixed(0)} | ${nm(l.fwhm)} |`,
    ),
  ].join("\n");
  const rig = [
    "| sample | objective | frames with SNR ≥ 5 | bleached > half | not null | within 15 % | rms | worst |",
    "|---|---|---|---|---|---|---|---|",
    ...shares.map(
      (s) =>
        `| ${s.structure} | ${s.objective} | ${s.frames} | ${s.bleached} | ${s.told} | ${s.within} | ${(100 * s.rms).toFixed(1)} % | ${(100 * s.worst).toFixed(0)} % |`,
    ),
  ].join("\n");
  console.error(`${thin}\n\n${rig}`);
  if (given.has("write")) {
    write("thin samples", thin);
    write(given.has("held-out") ? "held-out fields" : "rig samples", rig);
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
    ...shares.map((s) =>
      row(`${s.objective}, ${s.structure}: within 15 % / told`, s.within, s.told, "frames"),
    ),
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
