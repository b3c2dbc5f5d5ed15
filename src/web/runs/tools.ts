import { signal } from "@preact/signals";
import { getJson, lineOf, post, request } from "../api.js";
import { save, saveBlob, stepsCsv } from "../csv.js";
import type { RunDetail } from "../source.js";

export interface Annotation {
  readonly note: string;
  readonly tags: readonly string[];
}
export interface ReplayResult {
  readonly run: string;
  readonly steps: number;
  readonly identical: boolean;
  readonly withinTolerance: boolean;
  readonly firstDifference: unknown;
}

/** By run; none where a run has neither note nor tag, or the daemon keeps none. */
export const annotations = signal<Readonly<Record<string, Annotation>>>({});
/** Runs chosen to be laid side by side, and those that are here. */
export const chosen = signal<readonly string[]>([]);
export const loaded = signal<Readonly<Record<string, RunDetail>>>({});
export const replays = signal<Readonly<Record<string, ReplayResult | "running">>>({});
export const trouble = signal<string | null>(null);
export const mostCompared = 6;

async function attempt(act: () => Promise<void>): Promise<void> {
  trouble.value = null;
  try {
    await act();
  } catch (thrown) {
    trouble.value = lineOf(thrown);
  }
}
const path = (run: string, rest = ""): string => `/runs/${encodeURIComponent(run)}${rest}`;

export async function detailOf(run: string): Promise<RunDetail> {
  const known = loaded.value[run];
  // A run that goes on is asked for anew.
  if (known !== undefined && known.state !== "running") return known;
  const detail = await getJson<RunDetail>(path(run));
  loaded.value = { ...loaded.value, [run]: detail };
  return detail;
}
export async function loadAnnotations(): Promise<void> {
  // A daemon without a workshop keeps no notes: the list stands without them.
  await getJson<{ notes: Record<string, Annotation> }>("/notes")
    .then(({ notes }) => {
      annotations.value = notes;
    })
    .catch(() => undefined);
}
export const annotate = (run: string, annotation: Annotation): Promise<void> =>
  attempt(async () => {
    await post(path(run, "/note"), annotation);
    annotations.value = { ...annotations.value, [run]: annotation };
  });
export const choose = (run: string, on: boolean): Promise<void> =>
  attempt(async () => {
    if (!on) {
      chosen.value = chosen.value.filter((r) => r !== run);
      return;
    }
    if (chosen.value.length >= mostCompared) {
      trouble.value = `up to ${mostCompared} runs side by side`;
      return;
    }
    await detailOf(run);
    chosen.value = [...chosen.value, run];
  });
export const exportCsv = (run: string): Promise<void> =>
  attempt(async () => {
    const { steps } = await detailOf(run);
    save(`${run}.csv`, stepsCsv(steps.filter((s) => s.state === "done")));
  });
/** The run that is being exported; one at a time. */
export const exporting = signal<string | null>(null);
export type ExportFormat = "ome-zarr" | "ome-tiff" | "csv" | "useq";
export const exportRun = (run: string, format: ExportFormat): Promise<void> =>
  attempt(async () => {
    exporting.value = run;
    try {
      const answer = await request(path(run, `/export?format=${format}`));
      saveBlob(`${run}-${format}.tar`, await answer.blob());
    } finally {
      exporting.value = null;
    }
  });
/** What the last warm start from a run brought, in words. */
export const learnt = signal<Readonly<Record<string, string>>>({});
export const learnFrom = (run: string): Promise<void> =>
  attempt(async () => {
    const { observations } = await post<{ observations: number }>(path(run, "/warm-start"));
    const words = `${observations} images of it count from the next step on.`;
    learnt.value = { ...learnt.value, [run]: words };
  });
export const replay = (run: string): Promise<void> =>
  attempt(async () => {
    replays.value = { ...replays.value, [run]: "running" };
    try {
      const answer = await post<ReplayResult>(path(run, "/replay"));
      replays.value = { ...replays.value, [run]: answer };
    } catch (thrown) {
      const { [run]: _, ...rest } = replays.value;
      replays.value = rest;
      throw thrown;
    }
  });
