import { computed, effect, signal } from "@preact/signals";
import type { FrameSummary, StepSummary } from "../loop/contract.js";
import { getJson } from "./api.js";
import { onFrame, session } from "./store.js";

const most = 1000;
/** Frames only come and are scored; there are no steps. */
export const observing = computed(() => session.value?.mode === "observe");
/** Frames that nobody asked for, as steps of one frame each, so that one view shows both. */
export const observed = signal<readonly StepSummary[]>([]);

type Extra = Pick<FrameSummary, "id" | "kind" | "acquiredAt" | "settings" | "score">;

/** @param index counts from 0 */
export function observedStep(frame: Extra, index: number): StepSummary {
  const { id, kind, acquiredAt, settings, score } = frame;
  return {
    step: index + 1,
    at: acquiredAt,
    region: null,
    settings,
    actual: settings,
    why: { text: "", expected: {}, uncertainty: {}, kind: "observed" },
    by: "operator",
    objectives: { quality: { value: kind === "sted" ? (score?.score ?? null) : null, unit: "1" } },
    score,
    frames:
      kind === "sted" ? { before: null, sted: id, after: null } : { before: id, sted: null, after: null },
  };
}

/** Keeps what comes, after what the journal has of this run already. */
export function startObserving(): void {
  let frames: Extra[] = [];
  const show = (): void => {
    observed.value = frames.map(observedStep);
  };
  const run = computed(() => (observing.value ? (session.value?.run ?? null) : null));
  effect(() => {
    const current = run.value;
    frames = [];
    show();
    if (current === null) return;
    getJson<{ extras: Extra[] }>(`/runs/${encodeURIComponent(current)}`)
      .then(({ extras }) => {
        if (run.peek() !== current) return;
        const known = new Set(extras.map((f) => f.id));
        frames = [...extras, ...frames.filter((f) => !known.has(f.id))].slice(-most);
        show();
      })
      .catch(() => undefined);
  });
  onFrame((frame) => {
    if (frame.role !== null || frames.some((f) => f.id === frame.id)) return;
    frames = [...frames, frame].slice(-most);
    show();
  });
}
