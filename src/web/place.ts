import { signal } from "@preact/signals";

/** The page's places, by the part after # in the address, so that a reload and a link find them again. */
export const places = ["live", "runs", "rate", "train", "study", "rig", "files"] as const;
export type Place = (typeof places)[number];
export const placeLabels: Readonly<Record<Place, string>> = {
  live: "Live",
  runs: "Runs",
  rate: "Rate",
  train: "Train",
  study: "Study",
  rig: "Rig",
  files: "Files",
};

function fromAddress(): Place {
  const name = location.hash.replace(/^#\/?/, "");
  return places.find((p) => p === name) ?? "live";
}
export const place = signal<Place>(fromAddress());

export function go(to: Place): void {
  location.hash = `#/${to}`;
  place.value = to;
}
export function followAddress(): void {
  addEventListener("hashchange", () => {
    place.value = fromAddress();
  });
}
