import { signal } from "@preact/signals";

/** A text that this browser remembers from one visit to the next, e.g. the rater's name. */
export function remembered(key: string): {
  readonly get: () => string;
  readonly set: (text: string) => void;
} {
  const value = signal(localStorage.getItem(key) ?? "");
  return {
    get: () => value.value,
    set: (text) => {
      value.value = text;
      localStorage.setItem(key, text);
    },
  };
}
