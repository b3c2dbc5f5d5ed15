import type { Observation, ScoreRecord } from "../core/index.js";
import type { FrameRow, JournalReader } from "../journal/index.js";
import type { ScorerPort } from "./frame-desk.js";
import { isRetired } from "./hold.js";
import type { OptimiserPort } from "./parts.js";
import { type Asked, sameSettings, settleRecord, wasTold } from "./restore.js";

/** Scores of another engine differ in the last digits; more than this is another network. */
const scoreTolerance = 1e-4;

export interface Replay {
  readonly run: string;
  readonly steps: number;
  /** Every score and every proposal the same, bit for bit. */
  readonly identical: boolean;
  /** Scores within 1e-4 and proposals the same. */
  readonly withinTolerance: boolean;
  readonly firstDifference: { readonly step: number; readonly what: string } | null;
}

/**
 * Goes through a run again from its journal: scores the stored frames, asks a fresh optimiser with the same seed,
 * tells it what was observed, and compares. An unfinished run is replayed up to its last step.
 */
export async function replayRun(
  reader: JournalReader,
  run: string,
  scorer: ScorerPort,
  optimiser: OptimiserPort,
  onStep: (done: number, total: number) => void = () => undefined,
): Promise<Replay> {
  const records = (await reader.steps(run)).filter((r) => r.state === "done");
  let first: Replay["firstDifference"] = null;
  let close = true;
  const differs = (step: number, what: string, tolerable: boolean): void => {
    first ??= { step, what };
    if (!tolerable) close = false;
  };
  const earlier: Told = { sessions: new Set(), clicks: 0 };
  for (const [i, record] of records.entries()) {
    const { step, proposed, optimiserState } = record.intent;
    for (const row of record.frames) {
      const off = await scoreDifference(reader, run, row, scorer);
      if (off !== null) differs(step, off.what, off.tolerable);
    }
    const { asks, state } = optimiserState as Asked;
    await tellEarlier(optimiser, state, earlier);
    const fromOptimiser = !["operator", "hold"].includes(record.intent.why.kind);
    for (let k = 0; k < asks; k++) {
      const { settings } = await optimiser.ask();
      if (k < asks - 1) await optimiser.forget(settings);
      else if (fromOptimiser && !sameSettings(settings, proposed)) differs(step, "proposal", false);
    }
    if (wasTold(record)) await settleRecord(optimiser, record);
    onStep(i + 1, records.length);
  }
  return {
    run,
    steps: records.length,
    identical: first === null,
    withinTolerance: close,
    firstDifference: first,
  };
}

interface Told {
  readonly sessions: Set<string>;
  clicks: number;
}

/** What the run learned from earlier ones by now stands in its journalled state: that is told first, once. */
async function tellEarlier(optimiser: OptimiserPort, state: unknown, told: Told): Promise<void> {
  const { observations = [], clicks = [] } = (state ?? {}) as {
    readonly observations?: readonly Observation[];
    readonly clicks?: readonly Parameters<NonNullable<OptimiserPort["prefer"]>>[0][];
  };
  for (const click of clicks.slice(told.clicks)) await optimiser.prefer?.(click);
  told.clicks = Math.max(told.clicks, clicks.length);
  const fresh = observations.filter((o) => o.session !== undefined && !told.sessions.has(o.session));
  for (const o of fresh) {
    const session = o.session as string;
    if (!isRetired(session)) await optimiser.tell(o);
    else if (!told.sessions.has(session)) await optimiser.retire?.(session);
    told.sessions.add(session);
  }
}

async function scoreDifference(
  reader: JournalReader,
  run: string,
  row: FrameRow,
  scorer: ScorerPort,
): Promise<{ readonly what: string; readonly tolerable: boolean } | null> {
  const frame = await reader.frame(run, row.id);
  if (frame === null) return { what: `frame ${row.role} is missing`, tolerable: false };
  const again: ScoreRecord = await scorer.score(frame);
  const before = row.score?.score ?? null;
  if (again.score === before) return null;
  const gap =
    again.score === null || before === null ? Number.POSITIVE_INFINITY : Math.abs(again.score - before);
  return {
    what: `score of ${row.role}: ${before} then, ${again.score} now`,
    tolerable: gap <= scoreTolerance,
  };
}
