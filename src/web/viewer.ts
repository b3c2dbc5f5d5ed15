import { computed, effect, signal } from "@preact/signals";
import type { FrameSummary, StepSummary } from "../loop/contract.js";
import { clearPicture, show, shown } from "./picture.js";
import { opened, pickedStep } from "./source.js";
import { newestFrame, session, stepFrames } from "./store.js";

/** What the viewer shows: the newest frame whatever it is, or always the one role of a step. */
export const roles = ["newest", "before", "sted", "after"] as const;
export type View = (typeof roles)[number];
export const roleLabels: Readonly<Record<View, string>> = {
  newest: "Live",
  before: "Before",
  sted: "STED",
  after: "After",
};
export const view = signal<View>("newest");
export const mapName = signal("ember");
export const withHeatmap = signal(false);

export interface Wanted {
  readonly id: string;
  readonly role: FrameSummary["role"];
  readonly step: number | null;
}

/** The frame to show, by what the operator chose and what there is. */
export const wanted = computed<Wanted | null>(() => {
  const chosen = view.value;
  const picked = pickedStep.value;
  if (picked !== null) return ofStep(picked, chosen === "newest" ? "sted" : chosen);
  if (opened.value !== null) return null;
  if (chosen === "newest") {
    const frame = newestFrame.value;
    // At rest the operator looks at what the step was about, not at the control frame that came last.
    const resting = session.value?.state !== "running" && stepFrames.value.sted !== undefined;
    if (resting && frame?.role === "after") return ofSummary(stepFrames.value.sted);
    return frame === null ? fromLast("sted") : ofSummary(frame);
  }
  return ofSummary(stepFrames.value[chosen]) ?? fromLast(chosen);
});

function ofSummary(frame: FrameSummary | undefined): Wanted | null {
  return frame === undefined ? null : { id: frame.id, role: frame.role, step: frame.step };
}
function fromLast(role: "before" | "sted" | "after"): Wanted | null {
  const last = session.value?.last;
  const id = last?.frames[role];
  return id === null || id === undefined ? null : { id, role, step: last?.step ?? null };
}
function ofStep(step: StepSummary, role: "before" | "sted" | "after"): Wanted | null {
  const id = step.frames[role];
  return id === null ? null : { id, role, step: step.step };
}

export function startViewer(): () => void {
  return effect(() => {
    const frame = wanted.value;
    const run = opened.value?.run ?? null;
    const now = shown.peek();
    if (frame === null && now !== null) clearPicture();
    if (frame !== null && (frame.id !== now?.id || run !== now.run)) show(frame.id, run);
  });
}

/** What can be chosen: a past run has no newest frame. */
export const choices = computed<readonly View[]>(() =>
  opened.value === null ? roles : roles.filter((role) => role !== "newest"),
);
export const chosenView = computed<View>(() =>
  opened.value !== null && view.value === "newest" ? "sted" : view.value,
);
export function turnView(by: 1 | -1): void {
  const all = choices.value;
  const at = all.indexOf(chosenView.value);
  view.value = all[(at + by + all.length) % all.length] ?? "sted";
}
export function turnMap(names: readonly string[]): void {
  mapName.value = names[(names.indexOf(mapName.value) + 1) % Math.max(1, names.length)] ?? "ember";
}
