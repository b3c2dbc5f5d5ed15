import * as actions from "./actions.js";
import { helpOpen } from "./help-open.js";
import { frameMaps } from "./picture.js";
import { go, place } from "./place.js";
import { panStep, resetPlacement, zoomBy } from "./placement.js";
import { featured, preview } from "./preview.js";
import { lookAt, lookBy, opened, openRun } from "./source.js";
import { isLive, session } from "./store.js";
import { turnMap, turnView, withHeatmap } from "./viewer.js";

export interface Key {
  readonly keys: readonly string[];
  /** As the help shows it. */
  readonly shown: string;
  readonly does: string;
  /** With the shift key; only of arrows, for + and ? need it on many keyboards. */
  readonly shift?: true;
  readonly act: () => void;
}

/** What is seen is of now; an old picture takes no orders but the E-stop. */
const live = (): boolean => isLive.value;
const open = (): boolean => live() && session.value !== null && session.value.proposal !== null;
/** The proposal is on the screen: nobody takes by a key what he does not see. */
const seen = (): boolean => opened.value === null && place.value === "live";
/** On these pages a key means something else, or nothing: only the E-stop is the same everywhere. */
const elsewhere = (): boolean => ["rate", "train", "study", "rig"].includes(place.value);
/** While somebody edits, no key may take the proposal as it was before the edit. */
const decidable = (): boolean => open() && seen() && !actions.editing.value;
const when = (able: () => boolean, act: () => unknown): (() => void) => {
  return () => {
    if (able()) act();
  };
};
export function pauseOrResume(): void {
  const state = session.value?.state;
  // Re-arming after an E-stop is a deliberate act on its own button, not a slip of the finger.
  if (state === "paused") void actions.resume();
  else if (state === "running" || state === "waiting" || state === "starting") void actions.pause();
}

/** Every key of the page. Escape is the E-stop and nothing else, wherever the focus is. */
export const keys: readonly Key[] = [
  { keys: ["Escape"], shown: "Esc", does: "E-stop: all light off", act: actions.pressEStop },
  { keys: ["a"], shown: "A", does: "approve what is shown", act: when(decidable, actions.approveShown) },
  {
    keys: ["e"],
    shown: "E",
    does: "edit the proposal, or leave the editor",
    act: when(
      () => open() && seen(),
      () => {
        actions.editing.value = !actions.editing.value;
      },
    ),
  },
  { keys: ["r"], shown: "R", does: "reject: ask for another", act: when(decidable, actions.reject) },
  ...[1, 2, 3, 4].map((n) => ({
    keys: [String(n)],
    shown: String(n),
    does: `look at trade-off ${n}`,
    act: when(
      () => decidable() && n <= featured.value.length,
      () => preview(featured.value[n - 1] ?? null),
    ),
  })),
  { keys: ["b"], shown: "B", does: "back to the proposal", act: when(decidable, () => preview(null)) },
  { keys: ["p", " "], shown: "P", does: "pause, or go on", act: when(live, pauseOrResume) },
  { keys: ["s"], shown: "S", does: "skip this region", act: when(live, actions.skip) },
  { keys: ["t"], shown: "T", does: "repeat the last step", act: when(live, actions.repeat) },
  {
    keys: ["ArrowRight"],
    shown: "→",
    does: "next picture: newest, before, STED, after",
    act: () => turnView(1),
  },
  { keys: ["ArrowLeft"], shown: "←", does: "the picture before", act: () => turnView(-1) },
  { keys: ["ArrowUp", ","], shown: "↑", does: "look one step back", act: () => lookBy(-1) },
  { keys: ["ArrowDown", "."], shown: "↓", does: "look one step forward", act: () => lookBy(1) },
  {
    keys: ["f"],
    shown: "F",
    does: "follow the live run again",
    act: () => {
      openRun(null);
      lookAt(null);
      go("live");
    },
  },
  { keys: ["c"], shown: "C", does: "other colours", act: () => turnMap(frameMaps.value) },
  {
    keys: ["h"],
    shown: "H",
    does: "heatmap of the quality on or off",
    act: () => {
      withHeatmap.value = !withHeatmap.value;
    },
  },
  { keys: ["+", "="], shown: "+", does: "zoom in", act: () => zoomBy(1.25) },
  { keys: ["-"], shown: "−", does: "zoom out", act: () => zoomBy(0.8) },
  { keys: ["0"], shown: "0", does: "whole picture", act: resetPlacement },
  ...(
    [
      ["ArrowLeft", -1, 0],
      ["ArrowRight", 1, 0],
      ["ArrowUp", 0, -1],
      ["ArrowDown", 0, 1],
    ] as const
  ).map(([key, x, y]) => ({
    keys: [key],
    shift: true as const,
    shown: "⇧ arrows",
    does: "move the zoomed picture",
    act: () => panStep(x, y),
  })),
  {
    keys: ["?"],
    shown: "?",
    does: "these keys",
    act: () => {
      helpOpen.value = !helpOpen.value;
    },
  },
];

/** @returns stops listening */
export function listenToKeys(target: Document): () => void {
  const onKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key !== "Escape" && takesKeys(event.target, event.key)) return;
    if (event.repeat && !event.shiftKey && event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
    const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const shift = event.shiftKey && name.startsWith("Arrow");
    const key = keys.find((k) => k.keys.includes(name) && (k.shift === true) === shift);
    if (key === undefined || (elsewhere() && key.keys[0] !== "Escape" && key.keys[0] !== "?")) return;
    event.preventDefault();
    key.act();
  };
  target.addEventListener("keydown", onKey);
  return () => target.removeEventListener("keydown", onKey);
}

/** Does the focused thing want this key for itself? */
function takesKeys(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement && target.type === "range") return key.startsWith("Arrow");
  if (target.matches("input, textarea, select")) return true;
  // A focused button is pressed by Space, a radio group moves by arrows.
  return (
    (key === " " && target.matches("button, a, summary")) ||
    (key.startsWith("Arrow") && target.role === "radio")
  );
}
