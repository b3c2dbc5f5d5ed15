import type { Choice } from "./measures.js";

export type SystemName = "network" | "random";

/** One frame with two scores: the question that a tester answers. */
export interface StudyItem {
  /** Opaque: tells a tester neither the system nor the frame. */
  readonly id: string;
  readonly dataset: string;
  /** Id of the frame in its dataset. */
  readonly frame: string;
  readonly system: SystemName;
  /** The network's name; null for the random baseline. */
  readonly model: string | null;
  /** Score of the labelling expert, 0..1. */
  readonly target: number;
  /** Score of the system, 0..1. */
  readonly prediction: number;
}

/** A frame that the study shows, and what is known of it. */
export interface StudyFrame {
  readonly dataset: string;
  readonly id: string;
  readonly path: string;
  readonly pixelSizeNm: number;
  readonly target: number;
  /** What a simulated tester's rating is drawn around. */
  readonly truth: number;
  readonly split: "train" | "validation" | "test" | null;
}

/** An answer as the report sees it. */
export interface Vote {
  readonly tester: string;
  readonly item: StudyItem;
  readonly choice: Choice;
}

/** A dataset as a study uses it. */
export interface StudyDataset {
  readonly name: string;
  /** The protein in the paper's words, where the paper has it. */
  readonly structure: string;
  /** SHA-256 over labels and frames. */
  readonly sha256: string;
  readonly frames: number;
  /** Frames by the split that they come from. */
  readonly splits: Readonly<Record<string, number>>;
  /** Frames that were left out because the network gave no score. */
  readonly withoutScore: number;
  /** Whether a network of the study was trained on the rest of this very dataset. */
  readonly trainedOn: boolean;
  /** Where the simulated testers' ratings are drawn around. */
  readonly truth: "trueRating" | "mean rating";
  /** Where the random baseline draws its scores from. */
  readonly baseline: string;
}
export interface StudyModel {
  readonly name: string;
  readonly version: string;
  readonly hash: string;
  readonly engine: string;
}
