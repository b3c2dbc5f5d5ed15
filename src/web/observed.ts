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
  let count = 0;
  let known = new Set<string>();
  /** Numbered by their place in the run, not in what is kept. */
  const add = (frames: readonly Extra[]): void => {
    const fresh = frames.filter((f) => !known.has(f.id));
    if (fresh.length === 0) return;
    for (const { id } of fresh) known.add(id);
    const steps = fresh.map((frame) => observedStep(frame, count++));
    observed.value = [...observed.peek(), ...steps].slice(-most);
  };
  const run = computed(() => (observing.value ? (session.value?.run ?? null) : null));
  effect(() => {
    const current = run.value;
    count = 0;
    known = new Set();
    observed.value = [];
    if (current === null) return;
    getJson<{ extras: Extra[] }>(`/runs/${encodeURIComponent(current)}`)
      .then(({ extras }) => {
        if (run.peek() !== current || extras.length === 0) return;
        // The journal's come first; what the stream told meanwhile follows.
        const later = observed.peek();
        const had = new Set(extras.map((f) => f.id));
        count = 0;
        known = had;
        const old = extras.map((frame) => observedStep(frame, count++));
        const rest = later.filter((s) => !had.has(s.frames.sted ?? s.frames.before ?? ""));
        for (const step of rest) known.add(step.frames.sted ?? step.frames.before ?? "");
        observed.value = [...old, ...rest.map((s) => ({ ...s, step: ++count }))].slice(-most);
      })
      .catch(() => undefined);
  });
  onFrame((frame) => {
    if (frame.role === null && run.peek() !== null) add([frame]);
  });
}
