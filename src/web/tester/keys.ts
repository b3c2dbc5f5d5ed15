import { type Answer, give, undo } from "./task.js";

/** Every answer has a key; arrows and digits both, for left and right hands. */
const answers: Readonly<Record<string, Answer>> = {
  ArrowLeft: "left",
  "1": "left",
  ArrowRight: "right",
  "2": "right",
  ArrowDown: "equivalent",
  "3": "equivalent",
  x: "discard",
  "4": "discard",
};

export function listenToKeys(target: Document): void {
  target.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const answer = answers[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (answer !== undefined) {
      event.preventDefault();
      void give(answer);
    } else if (event.key === "Backspace" || event.key.toLowerCase() === "u") {
      event.preventDefault();
      void undo();
    }
  });
}
