import { computed, signal } from "@preact/signals";
import type { ObjectiveSpec } from "../core/observation.js";
import type { ParameterSpec, Settings } from "../core/settings.js";
import type { FrameSummary, StepSummary } from "../loop/contract.js";
import { observed, observedStep, observing } from "./observed.js";
import { session, steps } from "./store.js";

/** A run of the journal, as GET /runs lists it. */
export interface RunEntry {
  readonly run: string;
  readonly state: "running" | "finished" | "aborted" | "crashed";
  readonly iterations: number;
  readonly frames: number;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly mode: string;
  readonly seed: number;
  readonly model: string;
  readonly engine: string;
}
/** A frame outside a step, as the journal keeps it. */
export interface ExtraFrame {
  readonly id: string;
  readonly kind: FrameSummary["kind"];
  readonly acquiredAt: string;
  readonly settings: Settings;
  readonly score: StepSummary["score"];
}
export interface RunDetail extends RunEntry {
  readonly extras: readonly ExtraFrame[];
  readonly parameters: readonly ParameterSpec[];
  readonly objectives: readonly ObjectiveSpec[];
  readonly steps: readonly (StepSummary & {
    readonly attempt: number;
    readonly state: "exposing" | "done" | "lost" | "failed";
  })[];
}

/** A past run that is shown in place of the live one; null = live. Commands and light always belong to the live one. */
export const opened = signal<RunDetail | null>(null);
/** The steps, objectives and parameters on show, of whichever run. */
export const shownSteps = computed<readonly StepSummary[]>(() => {
  const past = opened.value;
  if (past === null) return observing.value ? observed.value : steps.value;
  const done = past.steps.filter((s) => s.state === "done");
  return done.length === 0 ? past.extras.map(observedStep) : done;
});
/** What one of the shown steps is called. */
export const stepWord = computed(() => {
  const past = opened.value;
  const frames = past === null ? observing.value : past.mode === "observe";
  return frames ? "frame" : "step";
});
export const shownObjectives = computed<readonly ObjectiveSpec[]>(
  () => opened.value?.objectives ?? session.value?.objectives ?? [],
);
export const shownParameters = computed<readonly ParameterSpec[]>(
  () => opened.value?.parameters ?? session.value?.parameters ?? [],
);

/** A step that the operator looks back at; null = follow the run. */
export const lookedAt = signal<number | null>(null);
/** That step; of a past run the last one when none was chosen. */
export const pickedStep = computed<StepSummary | null>(() => {
  const all = shownSteps.value;
  const found = all.find((s) => s.step === lookedAt.value);
  return found ?? (opened.value === null ? null : (all.at(-1) ?? null));
});

export function lookAt(step: number | null): void {
  lookedAt.value = step;
}
/** One step back or forth; past the newest it follows the run again. */
export function lookBy(by: 1 | -1): void {
  const all = shownSteps.value;
  const at = all.findIndex((s) => s.step === pickedStep.value?.step);
  const next = all[(at < 0 ? all.length : at) + by];
  if (next !== undefined) lookedAt.value = next.step;
  else if (by === 1) lookedAt.value = null;
}
export function openRun(run: RunDetail | null): void {
  opened.value = run;
  lookedAt.value = null;
}
