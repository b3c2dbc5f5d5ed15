import { batch, computed, signal } from "@preact/signals";
import type { FrameSummary, SessionEvent, SessionState, StepSummary } from "../loop/contract.js";
import { getJson } from "./api.js";
import { openStream, type ServedState } from "./stream.js";
import { every, nextFrame, now } from "./time.js";

/** Everything the page knows, fed by the event stream alone. */
export type Link = "connecting" | "live" | "lost" | "denied";
export interface Note {
  readonly seq: number;
  readonly at: string;
  readonly level: "info" | "warn" | "error";
  readonly message: string;
}

const keptNotes = 50;
export const session = signal<SessionState | null>(null);
export const link = signal<Link>("connecting");
/** Milliseconds since anything came from the server; refreshed once a second. */
export const silentMs = signal(0);
export const steps = signal<readonly StepSummary[]>([]);
/** The newest frame of all, and the newest of each kind within the step under way. */
export const newestFrame = signal<FrameSummary | null>(null);
export const stepFrames = signal<Readonly<Partial<Record<"before" | "sted" | "after", FrameSummary>>>>({});
export const notes = signal<readonly Note[]>([]);
export const progress = signal<{ readonly line: number; readonly lines: number } | null>(null);
/** Values may be believed to be of now. */
export const isLive = computed(() => link.value === "live");

let heardAt = now();
let waiting: SessionEvent[] = [];

/** Deltas that came since the last picture go in together: thirty frames a second cost one redraw. */
function takeWaiting(): void {
  const events = waiting;
  waiting = [];
  batch(() => {
    const added: StepSummary[] = [];
    let state = session.value;
    for (const event of events) {
      if (state !== null && event.seq <= state.seq) continue;
      if (state !== null) state = { ...state, seq: event.seq, at: event.at };
      if (event.type === "state" && state !== null) state = { ...state, ...event.patch };
      else if (event.type === "frame") takeFrame(event.frame);
      else if (event.type === "step") added.push(event.step);
      else if (event.type === "progress") progress.value = { line: event.line, lines: event.lines };
      else if (event.type === "note") {
        const { seq, at, level, message } = event;
        notes.value = [...notes.value, { seq, at, level, message }].slice(-keptNotes);
      }
    }
    if (state?.rig.state !== "acquiring") progress.value = null;
    session.value = state;
    if (added.length > 0) steps.value = mergeSteps(steps.value, added);
  });
}

/** Told of every frame, while signals may skip those that came within one picture. */
const frameListeners = new Set<(frame: FrameSummary) => void>();
export function onFrame(listener: (frame: FrameSummary) => void): void {
  frameListeners.add(listener);
}

function takeFrame(frame: FrameSummary): void {
  for (const listener of frameListeners) listener(frame);
  newestFrame.value = frame;
  if (frame.role === null) return;
  const sameStep = stepFrames.value.before?.step === frame.step && frame.role !== "before";
  stepFrames.value = { ...(sameStep ? stepFrames.value : {}), [frame.role]: frame };
}

/** By step number, the later word holds. */
export function mergeSteps(
  known: readonly StepSummary[],
  added: readonly StepSummary[],
): readonly StepSummary[] {
  const last = known.at(-1)?.step ?? 0;
  if (added.every((step, i) => step.step > (added[i - 1]?.step ?? last))) return [...known, ...added];
  const all = new Map(known.map((step) => [step.step, step]));
  for (const step of added) all.set(step.step, step);
  return [...all.values()].sort((a, b) => a.step - b.step);
}

async function takeState(state: ServedState): Promise<void> {
  const sameRun = session.value?.run === state.run;
  batch(() => {
    waiting = [];
    session.value = state;
    progress.value = null;
    if (!sameRun) {
      steps.value = [];
      newestFrame.value = null;
      stepFrames.value = {};
      notes.value = [];
    }
  });
  const { run, steps: all } = await getJson<{ run: string | null; steps: StepSummary[] }>("/steps");
  if (session.value?.run === run) steps.value = mergeSteps(all, steps.value);
}

function heard(): void {
  heardAt = now();
  silentMs.value = 0;
  link.value = "live";
}

let disconnect = (): void => undefined;

/** Opens the stream; one that is open is closed first. */
export function connect(): void {
  disconnect();
  link.value = "connecting";
  const close = openStream({
    onState: (state) => void takeState(state).catch(() => undefined),
    onDelta: (event) => {
      if (waiting.push(event) === 1) nextFrame(takeWaiting);
    },
    onHolder: (holder) => {
      if (session.value !== null) session.value = { ...session.value, holder };
    },
    onHeard: heard,
    onLost: () => {
      link.value = "lost";
      silentMs.value = now() - heardAt;
    },
    onDenied: () => {
      link.value = "denied";
    },
  });
  const stop = every(1000, () => {
    silentMs.value = now() - heardAt;
  });
  disconnect = () => {
    stop();
    close();
  };
}
