/**
 * What a real stage, laser and table add in rig mode (specification §6): drift, vibration, flicker, set-points that are
 * not quite met, a stage that stops a little beside. Everything follows from the seed and the place, so a rig that
 * starts again at a later field shows the same.
 */
import { RandomStream } from "../../src/core/index.js";
import type { RowDisturbance } from "./frame/rows.js";

const driftSdNmPerS = 1;
const driftMemoryS = 60;
const stageSdNm = 50;
const rowJitterSdNm = 3;
const mainsHz = 50;
const flickerSd = 0.01;
const powerSd = 0.005;

export interface PlaceImperfections {
  /** How far the stage stopped from where it should, nm. */
  readonly offsetNm: readonly [number, number];
  /** Factors on the set powers. */
  readonly excitation: number;
  readonly depletion: number;
}
export interface FrameImperfections {
  /** Displacement of the sample when the frame begins, and during it, nm. */
  readonly startNm: readonly [number, number];
  readonly driftNm: readonly [number, number];
  readonly rows: RowDisturbance;
}

export class Imperfections {
  private position: [number, number] = [0, 0];
  private velocity: [number, number] = [0, 0];
  private sway = { amplitudeNm: 0, phase: 0 };
  private random = RandomStream.of(0, "unused");

  constructor(private readonly seed: number) {}

  /** How far the sample has moved since the stage came here, nm. */
  get driftedNm(): readonly [number, number] {
    return this.position;
  }

  /** A new place: everything starts from its own stream. */
  arrive(place: string): PlaceImperfections {
    this.random = RandomStream.of(this.seed, "imperfections", place);
    const n = (sd: number): number => sd * this.random.normal();
    this.position = [0, 0];
    this.velocity = [n(driftSdNmPerS), n(driftSdNmPerS)];
    this.sway = { amplitudeNm: this.random.between(0, 6), phase: this.random.between(0, 2 * Math.PI) };
    return { offsetNm: [n(stageSdNm), n(stageSdNm)], excitation: 1 + n(powerSd), depletion: 1 + n(powerSd) };
  }

  /** One frame of so many rows in so many seconds (of the rig's own time). */
  frame(heightPx: number, seconds: number): FrameImperfections {
    const startNm: [number, number] = [...this.position];
    const driftNm: [number, number] = [this.velocity[0] * seconds, this.velocity[1] * seconds];
    const keep = Math.exp(-seconds / driftMemoryS);
    const fresh = driftSdNmPerS * Math.sqrt(1 - keep * keep);
    for (const axis of [0, 1] as const) {
      this.position[axis] += driftNm[axis];
      this.velocity[axis] = keep * this.velocity[axis] + fresh * this.random.normal();
    }
    const rowS = seconds / heightPx;
    const shiftXNm = new Float64Array(heightPx);
    const shiftYNm = new Float64Array(heightPx);
    const gain = new Float64Array(heightPx);
    let flicker = this.random.normal();
    for (let y = 0; y < heightPx; y++) {
      const sway = this.sway.amplitudeNm * Math.sin(2 * Math.PI * mainsHz * y * rowS + this.sway.phase);
      shiftXNm[y] = sway + rowJitterSdNm * this.random.normal();
      shiftYNm[y] = rowJitterSdNm * this.random.normal();
      flicker = 0.8 * flicker + 0.6 * this.random.normal();
      gain[y] = 1 + flickerSd * flicker;
    }
    return { startNm, driftNm, rows: { gain, shiftXNm, shiftYNm } };
  }
}
