import type { Proposal } from "../core/index.js";
import type { StepSummary } from "./contract.js";
import { type Held, holdDrift } from "./hold-drift.js";
import type { SessionParts } from "./parts.js";

/** Hold mode: images at the settings that tuning found, watched frame by frame (design.md §3, Modes). */
export class HoldPlan {
  /** The budget is used up and the run goes on holding. */
  active = false;
  /** Tuning again after drift, until so many steps; null while nothing drifted. */
  tuneUntil: number | null = null;
  private heldSince: number | null = null;
  /** What was asked for to be held has drifted: what tuning found since then is held instead. */
  private retuned = false;

  /** The same settings again: given ones, else the best of this run. Null when nothing was found yet. */
  async next(parts: SessionParts, steps: readonly StepSummary[]): Promise<Proposal | null> {
    const given = this.retuned ? null : parts.config.holdSettings;
    const settings = given ?? (await parts.optimiser.best()) ?? parts.config.holdSettings;
    if (settings === null) return null;
    this.heldSince ??= steps.length;
    const text = "Holds the best settings found so far; no new setting is tried.";
    return { settings, why: { text, expected: {}, uncertainty: {}, kind: "hold" }, work: 0 };
  }

  /** Every k-th step also takes the confocal frames, so that bleaching stays measured. */
  controlDue(parts: SessionParts, steps: readonly StepSummary[]): boolean {
    return (steps.length - (this.heldSince ?? steps.length)) % parts.config.hold.control === 0;
  }

  /**
   * Tuning takes over again for some steps: what was held is forgotten, and what was seen so far counts like an
   * earlier run, for the microscope is no longer the one that saw it.
   */
  tuneAgain(parts: SessionParts, steps: number): void {
    this.heldSince = null;
    this.active = false;
    this.retuned = true;
    this.tuneUntil = steps + parts.config.hold.tuneSteps;
    void parts.optimiser.retire?.(retiredName(steps)).catch(() => undefined);
  }

  /** Holding again, with what tuning found. */
  holdAgain(): void {
    this.tuneUntil = null;
  }

  /** A sentence when the held quality has drifted, else null. */
  drift(parts: SessionParts, steps: readonly StepSummary[]): string | null {
    const since = this.heldSince;
    if (since === null) return null;
    const held = steps.slice(since);
    const settings = JSON.stringify(held[0]?.settings);
    const before = steps.slice(0, since).filter((s) => JSON.stringify(s.settings) === settings);
    const quality = parts.objectives.find((o) => o.name === "quality");
    return holdDrift(before.map(seenOf), held.map(seenOf), quality?.worstAcceptable ?? null);
  }
}

function seenOf({ score }: StepSummary): Held | null {
  if (score === null) return null;
  return { score: score.score, lower: score.lower, inDomain: score.inDomain };
}

const prefix = "this run before step ";
/** How observations from before a drift are marked. */
const retiredName = (steps: number): string => `${prefix}${steps + 1}`;
export const isRetired = (session: string): boolean => session.startsWith(prefix);
