import type { Proposal } from "../core/index.js";
import type { StepSummary } from "./contract.js";
import type { SessionParts } from "./parts.js";

/** Frames in a row below the interval before something is said. */
const patience = 3;

/** Hold mode: images at the settings that tuning found, watched frame by frame (design.md §3, Modes). */
export class HoldPlan {
  /** The budget is used up and the run goes on holding. */
  active = false;
  private heldSince: number | null = null;

  /** The same settings again: given ones, else the best of this run. Null when nothing was found yet. */
  async next(parts: SessionParts, steps: readonly StepSummary[]): Promise<Proposal | null> {
    const settings = parts.config.holdSettings ?? (await parts.optimiser.best());
    if (settings === null) return null;
    this.heldSince ??= steps.length;
    const text = "Holds the best settings found so far; no new setting is tried.";
    return { settings, why: { text, expected: {}, uncertainty: {}, kind: "hold" }, work: 0 };
  }

  /** Every k-th step also takes the confocal frames, so that bleaching stays measured. */
  controlDue(parts: SessionParts, steps: readonly StepSummary[]): boolean {
    return (steps.length - (this.heldSince ?? steps.length)) % parts.config.hold.control === 0;
  }

  /** Tuning takes over again: what was held is forgotten. */
  release(): void {
    this.heldSince = null;
    this.active = false;
  }

  /** A sentence when the held quality has drifted, else null. */
  drift(steps: readonly StepSummary[]): string | null {
    const since = this.heldSince;
    if (since === null) return null;
    const held = steps.slice(since);
    if (held.length < patience) return null;
    const settings = JSON.stringify(held[0]?.settings);
    const before = steps.slice(0, since).filter((s) => JSON.stringify(s.settings) === settings);
    const floor = [...before, ...held.slice(0, 1)].find((s) => s.score?.lower != null)?.score?.lower ?? null;
    const last = held.slice(-patience);
    if (last.every((s) => s.score !== null && !s.score.inDomain)) {
      return `${patience} frames in a row are unlike anything the network knows`;
    }
    if (floor !== null && last.every((s) => s.score?.score != null && s.score.score < floor)) {
      return `quality stayed below ${floor.toFixed(2)} for ${patience} frames`;
    }
    return null;
  }
}
