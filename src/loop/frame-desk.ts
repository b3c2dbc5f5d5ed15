import type { Frame, Image, ScoreRecord } from "../core/index.js";
import type { FrameSummary } from "./contract.js";

export interface ScorerPort {
  score(image: Image): Promise<ScoreRecord>;
}

/** Frames kept in memory for the page; older ones come from the journal. */
const kept = 48;

/**
 * Every frame passes here once, whether it came as an event or with a reply: scored once per id, kept a while.
 * A frame that cannot be scored gets `score: null` and the reason; the loop goes on.
 */
export class FrameDesk {
  private readonly scores = new Map<string, Promise<ScoreRecord>>();
  private readonly frames = new Map<string, Frame>();

  constructor(private readonly scorer: ScorerPort) {}

  score(frame: Frame): Promise<ScoreRecord> {
    const known = this.scores.get(frame.id);
    if (known !== undefined) return known;
    this.frames.set(frame.id, frame);
    const scored = this.scorer.score(frame).catch(
      (error: Error): ScoreRecord => ({
        score: null,
        lower: null,
        upper: null,
        inDomain: false,
        foreground: 0,
        reason: error.message,
        ms: 0,
      }),
    );
    this.scores.set(frame.id, scored);
    for (const map of [this.frames, this.scores]) {
      while (map.size > kept) map.delete(map.keys().next().value as string);
    }
    return scored;
  }

  seen(id: string): boolean {
    return this.scores.has(id);
  }

  recall(id: string): Frame | null {
    return this.frames.get(id) ?? null;
  }
}

export function summarise(
  frame: Frame,
  role: FrameSummary["role"],
  step: number | null,
  score: ScoreRecord | null,
): FrameSummary {
  return {
    id: frame.id,
    kind: frame.kind,
    role,
    step,
    shape: frame.shape,
    pixelSizeNm: frame.pixelSizeNm,
    settings: frame.settings,
    acquiredAt: frame.acquiredAt,
    saturated: frame.saturated,
    score,
  };
}
