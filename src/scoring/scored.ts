import type { ScoreRecord } from "../core/index.js";
import type { HeatmapImage } from "./heatmap.js";

/** What a caller wants beside the record. */
export interface Wanted {
  /** true: the network's own map of local quality, or an occlusion map where it makes none; or always the latter. */
  readonly heatmap?: boolean | "occlusion";
}

/** A score with all that was measured on the way. */
export interface Scored {
  readonly record: ScoreRecord;
  /** Distance from the training set's features; null where the network has none. */
  readonly distance: number | null;
  /** Logit of the domain's probe: the higher, the more like a stranger; null where there is none. */
  readonly probe: number | null;
  /** On the frame at the network's pixel size; null unless asked for and the network makes one. */
  readonly heatmap: HeatmapImage | null;
}
