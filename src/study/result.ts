import type { StudyDataset, StudyModel, Vote } from "./items.js";
import { cellsOf, type ReportRow, reportOf, type StudyReport } from "./report.js";
import { type Comparison, comparisonsOf, intervalsOf, type MeanInterval } from "./statistics.js";

/** The rows for one width of the equivalence band (simulated testers only). */
export interface SensitivityRows {
  readonly band: number;
  readonly rows: readonly ReportRow[];
}

/** A study's result: the report and all that helps to read it. */
export interface StudyResult extends StudyReport {
  readonly units: { readonly mean: string; readonly bin: string };
  readonly testers: "simulated" | "people";
  readonly seed: number;
  readonly datasets: readonly StudyDataset[];
  readonly models: readonly StudyModel[];
  readonly intervals: readonly MeanInterval[];
  readonly comparisons: readonly Comparison[];
  readonly sensitivity?: readonly SensitivityRows[];
  /** What a reader must know, in plain sentences. */
  readonly notes: readonly string[];
}

export function resultOf(given: {
  readonly votes: readonly Vote[];
  readonly datasets: readonly StudyDataset[];
  readonly models: readonly StudyModel[];
  readonly seed: number;
  readonly testers: "simulated" | "people";
  readonly sensitivity?: readonly SensitivityRows[];
}): StudyResult {
  const { votes, datasets, models, seed, testers, sensitivity } = given;
  const cells = cellsOf(votes, datasets, models);
  return {
    ...reportOf(cells),
    units: { mean: "fraction, 0..1", bin: "points of target score, 0..100" },
    testers,
    seed,
    datasets,
    models,
    intervals: intervalsOf(cells, seed),
    comparisons: comparisonsOf(cells, seed),
    ...(sensitivity === undefined ? {} : { sensitivity }),
    notes: notesOf(datasets, testers),
  };
}

function notesOf(datasets: readonly StudyDataset[], testers: StudyResult["testers"]): string[] {
  return datasets.flatMap((d) => {
    const splits = Object.entries(d.splits)
      .map(([split, n]) => `${n} ${split}`)
      .join(", ");
    const seen = d.trainedOn
      ? "the network was trained on the rest of this set"
      : "no network of this study was trained on this very set";
    return [
      `${d.name}: ${d.frames} frames (${splits}); ${seen}. The random baseline draws from ${d.baseline}.`,
      ...(d.withoutScore > 0
        ? [`${d.name}: ${d.withoutScore} frames were left out because the network gives them no score.`]
        : []),
      ...(testers === "simulated" && d.truth === "mean rating"
        ? [
            `${d.name} has no true rating: the simulated testers' ratings are drawn around the target itself, which favours the target.`,
          ]
        : []),
    ];
  });
}
