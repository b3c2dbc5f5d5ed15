/** What a network says of one frame. `score` is null with a reason where it may not say anything. */
export interface ScoreRecord {
  /** 0..1, or null with a reason. */
  readonly score: number | null;
  /** Bounds of the interval (90 % where the model's card is calibrated). */
  readonly lower: number | null;
  readonly upper: number | null;
  readonly inDomain: boolean;
  /** Share of the frame's pixels that are foreground, 0..1. */
  readonly foreground: number;
  readonly reason?: string;
  /** Milliseconds spent on this frame by preprocessing and engine. */
  readonly ms: number;
}

/** A frame ready to be rated: counts and their pixel size. */
export interface Image {
  readonly pixels: Uint16Array | Float32Array;
  /** [height, width] */
  readonly shape: readonly [number, number];
  readonly pixelSizeNm: number;
}
