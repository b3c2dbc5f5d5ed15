import { SafetyTrip } from "../core/index.js";
import type { DoseLimits } from "./envelope.js";

/** Light that was given, J/cm² a pixel, in a form that a journal can hold. */
export interface SpentDose {
  readonly runJPerCm2: number;
  readonly byRegion: Readonly<Record<string, number>>;
}
export const nothingSpent: SpentDose = { runJPerCm2: 0, byRegion: {} };

/**
 * What every place and the whole run have had. Light is charged before it is given, so that what is lost or aborted
 * counts in full; only a request that the rig refused before any light is taken back.
 */
export class DoseAccount {
  private run: number;
  private readonly regions: Map<string, number>;

  constructor(spent: SpentDose = nothingSpent) {
    this.run = spent.runJPerCm2;
    this.regions = new Map(Object.entries(spent.byRegion));
  }

  get runJPerCm2(): number {
    return this.run;
  }
  regionJPerCm2(region: string): number {
    return this.regions.get(region) ?? 0;
  }

  /** Why this dose may not be given here, or null. Sums are compared with the rounding of a thousand additions allowed. */
  refusal(region: string, doseJPerCm2: number, limits: DoseLimits): SafetyTrip | null {
    const { regionJPerCm2: ofRegion, runJPerCm2: ofRun } = limits;
    const there = this.regionJPerCm2(region);
    if (ofRegion !== undefined && !(there + doseJPerCm2 <= ofRegion * tolerance)) {
      return tooMuch("DOSE_REGION", "this region", there, doseJPerCm2, ofRegion, "move to another region");
    }
    if (ofRun !== undefined && !(this.run + doseJPerCm2 <= ofRun * tolerance)) {
      return tooMuch("DOSE_RUN", "this run", this.run, doseJPerCm2, ofRun, "end the run");
    }
    return null;
  }

  charge(region: string, doseJPerCm2: number): void {
    this.run += doseJPerCm2;
    this.regions.set(region, this.regionJPerCm2(region) + doseJPerCm2);
  }

  /** For a request that was refused before any light. */
  refund(region: string, doseJPerCm2: number): void {
    this.run = Math.max(0, this.run - doseJPerCm2);
    this.regions.set(region, Math.max(0, this.regionJPerCm2(region) - doseJPerCm2));
  }
}

const tolerance = 1 + 1e-9;

function tooMuch(
  code: string,
  whose: string,
  had: number,
  more: number,
  limit: number,
  hint: string,
): SafetyTrip {
  const [a, b] = [had, more].map((v) => v.toPrecision(4));
  const message = `${whose} has had ${a} J/cm² and would get ${b} J/cm² more; its limit is ${limit} J/cm²`;
  return new SafetyTrip(code, message, { hint, data: { hadJPerCm2: had, moreJPerCm2: more, limit } });
}
