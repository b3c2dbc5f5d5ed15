import type { Clock } from "../core/index.js";
import type { Agreement } from "./metrics.js";
import type { Architecture } from "./network.js";
import type { TrainingBackend } from "./tensorflow.js";

/** What a network learns from a dataset. */
export const trainingTargets = ["rating", "trueRating"] as const;
export type TrainingTarget = (typeof trainingTargets)[number];

export interface TrainOptions {
  /** Folder in the Dataset format. */
  readonly dataset: string;
  /** The bundle to write; its name is the folder's. */
  readonly out: string;
  readonly arch?: Architecture;
  readonly poolStride?: 1 | 2;
  /** Channels of the six convolutions; default as published. */
  readonly channels?: readonly number[];
  readonly epochs?: number;
  readonly batch?: number;
  readonly rate?: number;
  readonly augmentation?: boolean;
  /** What is learnt: the raters' mean (default), or the true rating that simulated sets hold, without the rater's noise. */
  readonly target?: TrainingTarget;
  readonly patience?: number;
  readonly backend?: TrainingBackend;
  readonly seed?: number;
  readonly resume?: boolean;
  /**
   * A bundle, by name or folder: its weights are taken over where name and size are the same, and its normalisation;
   * its first convolution stays as it is.
   */
  readonly start?: string;
  readonly clock?: Clock;
  readonly onProgress?: (line: string) => void;
  readonly signal?: AbortSignal;
}

export interface TrainResult {
  readonly out: string;
  readonly name: string;
  readonly epochs: number;
  readonly bestEpoch: number;
  readonly stoppedEarly: boolean;
  readonly seconds: number;
  readonly backend: string;
  readonly validation: Agreement;
  /** Null without a test split. */
  readonly test: Agreement | null;
  /** Against the true rating, for simulated sets. */
  readonly testTrue: Agreement | null;
}
