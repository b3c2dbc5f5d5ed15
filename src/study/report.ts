import type { StudyDataset, StudyModel, SystemName, Vote } from "./items.js";
import {
  binOf,
  bins,
  type Choice,
  type Counts,
  countChoices,
  kept,
  type Measure,
  meanAndSd,
  measureNames,
  measures,
} from "./measures.js";

/** One cell of the paper's tables. `mean` and `sd` are fractions 0..1; null where the bin is empty. */
export interface ReportRow {
  readonly measure: Measure;
  readonly dataset: string;
  readonly system: SystemName;
  /** Only where a study has several networks. */
  readonly model?: string;
  /** Points of target score, 0..100. */
  readonly bin: readonly [number, number];
  readonly mean: number | null;
  /** Sample standard deviation over the testers; null for an empty bin and for a single tester. */
  readonly sd: number | null;
  /** Testers that the mean is over. */
  readonly testers: number;
  /** Frames of this bin that were shown. */
  readonly frames: number;
}

/** What one tester did in one bin. */
export interface TesterRow extends Counts {
  readonly tester: string;
  readonly dataset: string;
  readonly system: SystemName;
  readonly model?: string;
  readonly bin: readonly [number, number];
  /** Ñ */
  readonly kept: number;
  readonly confusion: number | null;
  readonly domination: number | null;
}

export interface StudyReport {
  readonly rows: readonly ReportRow[];
  readonly perTester: readonly TesterRow[];
}

/** All answers about one system on one dataset: for each bin and tester the choices by frame. */
export interface Cell {
  readonly dataset: string;
  readonly system: SystemName;
  readonly model?: string;
  /** By bin: tester -> frame -> choice. */
  readonly byBin: readonly ReadonlyMap<string, ReadonlyMap<string, Choice>>[];
}

/** Sorts answers into datasets, systems and bins; of two answers to one question the later one holds. */
export function cellsOf(
  votes: readonly Vote[],
  datasets: readonly Pick<StudyDataset, "name">[],
  models: readonly Pick<StudyModel, "name">[],
): readonly Cell[] {
  const several = models.length > 1;
  const systems: { readonly system: SystemName; readonly model: string | null }[] = [
    ...models.map(({ name }) => ({ system: "network" as const, model: name })),
    { system: "random" as const, model: null },
  ];
  return datasets.flatMap(({ name }) =>
    systems.map(({ system, model }): Cell => {
      const byBin = bins.map(() => new Map<string, Map<string, Choice>>());
      for (const { tester, item, choice } of votes) {
        if (item.dataset !== name || item.system !== system || item.model !== model) continue;
        const ofBin = byBin[binOf(item.target)];
        const frames = ofBin?.get(tester) ?? new Map<string, Choice>();
        frames.set(item.frame, choice);
        ofBin?.set(tester, frames);
      }
      return { dataset: name, system, ...(several && model !== null ? { model } : {}), byBin };
    }),
  );
}

/** Confusion and domination per bin, dataset and system: per tester first, then mean and SD over the testers. */
export function reportOf(cells: readonly Cell[]): StudyReport {
  const perTester = cells.flatMap(({ byBin, ...where }) =>
    byBin.flatMap((testers, b) =>
      [...testers.entries()].map(([tester, frames]): TesterRow => {
        const counts = countChoices(frames.values());
        return {
          tester,
          ...where,
          bin: bins[b] as readonly [number, number],
          ...counts,
          kept: kept(counts),
          confusion: measures.confusion(counts),
          domination: measures.domination(counts),
        };
      }),
    ),
  );
  const rows = measureNames.flatMap((measure) =>
    cells.flatMap(({ byBin, ...where }) =>
      byBin.map((testers, b): ReportRow => {
        const values = [...testers.values()].map((frames) =>
          measures[measure](countChoices(frames.values())),
        );
        const { mean, sd, n } = meanAndSd(values);
        const shown = new Set([...testers.values()].flatMap((frames) => [...frames.keys()]));
        return {
          measure,
          ...where,
          bin: bins[b] as readonly [number, number],
          mean,
          sd,
          testers: n,
          frames: shown.size,
        };
      }),
    ),
  );
  return { rows, perTester };
}
