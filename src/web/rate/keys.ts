import { judge, rated, task, undo, value } from "./rating.js";

/** Keys of a frame that stands before a rater; 0–9 are 0 to 90 %, twice the same digit is not needed. */
export function listenToRatingKeys(target: Document): () => void {
  const onKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (rated.value === null || task.value === null) return;
    const on = event.target;
    if (on instanceof HTMLInputElement && on.type !== "range") return;
    const act = actOf(event.key, on instanceof HTMLButtonElement);
    if (act === null) return;
    event.preventDefault();
    act();
  };
  target.addEventListener("keydown", onKey);
  return () => target.removeEventListener("keydown", onKey);
}

function actOf(key: string, onButton: boolean): (() => void) | null {
  if (/^[0-9]$/.test(key)) return () => void judge("rate", Number(key) * 10);
  if (key === "=" || key === "+") return () => void judge("rate", 100);
  if (key === "Enter" && !onButton) {
    return () => {
      if (value.value !== null) void judge("rate", value.value);
    };
  }
  if (key === "x") return () => void judge("cannot");
  if (key === "n") return () => void judge("skip");
  if (key === "u" || key === "Backspace") return () => void undo();
  return null;
}
