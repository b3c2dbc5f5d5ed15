/** The rig's own samples: which frames have an answer of each resolution estimate, and how good it is. */
import { type Structure, structures } from "../drivers/simulated/index.js";
import { sharedOf } from "../src/objectives/evaluate.js";
import { type ObjectiveDefinition, objectives } from "../src/objectives/index.js";
import { scannedField } from "./objectives-field-shared.js";
import type { View } from "./objectives-views-shared.js";

const leastSnr = 5;
const tolerance = 0.15;
const mostBleached = 0.5;
const estimates = ["frcNm", "resolutionNm"] as const;

export interface RigFrame {
  readonly structure: Structure;
  readonly pixelSizeNm: number;
  readonly knownNm: number;
  readonly values: Readonly<Record<(typeof estimates)[number], number | null>>;
  /** More than half of its molecules bleached while it was taken. */
  readonly bleached: boolean;
}

/** Frames with a signal to noise ratio of 5 and what the estimates say of them; an answer that is 15 % off is told on stderr. */
export function rigFrames(views: readonly View[]): RigFrame[] {
  const frames: RigFrame[] = [];
  for (const structure of structures) {
    for (const view of views) {
      for (const seed of view.scanSeeds) {
        const take = scannedField(structure, seed, view.pixelSizeNm);
        for (const dwellTimeUs of view.dwellTimesUs) {
          for (const depletionPowerMw of view.scanPowers) {
            const excitationPowerUw = view.excitationUw ?? 10;
            const scan = { depletionPowerMw, excitationPowerUw, dwellTimeUs, lineRepeats: 1 };
            const frame = judged(take(scan), structure, view.pixelSizeNm);
            if (frame === null) continue;
            frames.push(frame);
            tellMisses(
              frame,
              `seed ${seed}, ${depletionPowerMw} mW, ${excitationPowerUw} µW, ${dwellTimeUs} µs`,
            );
          }
        }
      }
    }
  }
  return frames;
}

/** Only what is asked of these frames: all objectives would take twice as long. */
function judged(
  { triple, knownNm }: ReturnType<ReturnType<typeof scannedField>>,
  structure: Structure,
  pixelSizeNm: number,
): RigFrame | null {
  if (knownNm === null) return null;
  const shared = sharedOf(triple);
  const value = (name: string): number | null =>
    (objectives[name] as ObjectiveDefinition).evaluate(triple, shared).value;
  if ((value("snr") ?? 0) < leastSnr) return null;
  const values = { frcNm: value("frcNm"), resolutionNm: value("resolutionNm") };
  return { structure, pixelSizeNm, knownNm, values, bleached: (value("bleaching") ?? 0) > mostBleached };
}

function tellMisses({ structure, pixelSizeNm, knownNm, values }: RigFrame, where: string): void {
  for (const name of estimates) {
    const value = values[name];
    if (value === null || Math.abs(value / knownNm - 1) <= tolerance) continue;
    const told = `${name} ${value.toFixed(0)} nm, known ${knownNm.toFixed(0)} nm`;
    console.error(`${told}: ${structure}, ${pixelSizeNm} nm, ${where}`);
  }
}

interface Share {
  readonly of: string;
  readonly objective: string;
  readonly frames: number;
  /** Of them more than half bleached: no estimate is given. */
  readonly bleached: number;
  readonly told: number;
  readonly within: number;
  readonly rms: number;
  readonly worst: number;
}

function shareOf(of: string, objective: (typeof estimates)[number], frames: readonly RigFrame[]): Share {
  const errors = frames.flatMap(({ knownNm, values }) => {
    const value = values[objective];
    return value === null ? [] : [value / knownNm - 1];
  });
  return {
    of,
    objective,
    frames: frames.length,
    bleached: frames.filter((f) => f.bleached).length,
    told: errors.length,
    within: errors.filter((e) => Math.abs(e) <= tolerance).length,
    rms: Math.sqrt(errors.reduce((a, e) => a + e * e, 0) / errors.length),
    worst: errors.reduce((a, e) => (Math.abs(e) > Math.abs(a) ? e : a), 0),
  };
}

/** Two tables, by sample and by pixel size. */
export function rigTables(frames: readonly RigFrame[]): { text: string; shares: readonly Share[] } {
  const pixels = [...new Set(frames.map((f) => f.pixelSizeNm))].sort((a, b) => a - b);
  const groups = [
    structures.map((s) => ({ of: s as string, frames: frames.filter((f) => f.structure === s) })),
    [
      ...pixels.map((p) => ({ of: `${p} nm`, frames: frames.filter((f) => f.pixelSizeNm === p) })),
      { of: "all", frames },
    ],
  ];
  const tables = groups.map((group) =>
    group.flatMap(({ of, frames: some }) => estimates.map((objective) => shareOf(of, objective, some))),
  );
  const text = tables.map((shares, i) =>
    [
      `| ${i === 0 ? "sample" : "pixels"} | objective | frames with SNR ≥ 5 | bleached > half | not null | of the others | within 15 % | rms | worst |`,
      "|---|---|---|---|---|---|---|---|---|",
      ...shares.map(
        (s) =>
          `| ${s.of} | ${s.objective} | ${s.frames} | ${s.bleached} | ${s.told} | ${percent(s.told / (s.frames - s.bleached))} | ${s.within} | ${(100 * s.rms).toFixed(1)} % | ${percent(s.worst)} |`,
      ),
    ].join("\n"),
  );
  return { text: text.join("\n\n"), shares: tables.flat() };
}

const percent = (share: number): string => (Number.isFinite(share) ? `${(100 * share).toFixed(0)} %` : "–");
