import type { Observation, Proposal, Settings } from "../core/index.js";
import type { StepRecord } from "../journal/index.js";
import type { SpentDose } from "../safety/index.js";
import type { StepSummary } from "./contract.js";
import { spentDose } from "./dose.js";
import type { OptimiserPort } from "./parts.js";

/** What an intent keeps of the optimiser: its state after the last ask, and how many asks this step took. */
export interface Asked {
  readonly state: unknown;
  /** 0 where the settings came from elsewhere (hold, repeat); above 1 after rejections. */
  readonly asks: number;
}

/** A proposal that was made but not measured: it is repeated on a new region. */
export interface Carried {
  readonly proposal: Proposal;
  readonly settings: Settings;
  readonly by: "auto" | "operator";
  readonly optimiserState: Asked;
}
export interface Restored {
  readonly steps: readonly StepSummary[];
  readonly carried: Carried | null;
  /** Attempts already made at the carried step. */
  readonly attempts: number;
  readonly regionsUsed: number;
  readonly doseUj: number;
  readonly spent: SpentDose;
  readonly skipped: number;
  /** Attempts that stood open when the daemon died: their light is unaccounted for. */
  readonly open: readonly { readonly step: number; readonly attempt: number }[];
}

/** Where a run stands, from its journal alone. Pure. A step open or lost counts with its whole planned dose. */
export function whereItStands(records: readonly StepRecord[]): Restored {
  const done = records.filter((r) => r.state === "done");
  const last = records.at(-1);
  const unfinished = last !== undefined && last.state !== "done" ? last.intent : null;
  return {
    steps: done.flatMap((r) => (r.result === null ? [] : [stepSummary(r)])),
    carried:
      unfinished === null
        ? null
        : {
            proposal: { settings: unfinished.proposed, why: unfinished.why, work: unfinished.work },
            settings: unfinished.settings,
            by: unfinished.by,
            optimiserState: unfinished.optimiserState as Asked,
          },
    attempts: unfinished?.attempt ?? 0,
    regionsUsed: last?.intent.regionsUsed ?? 0,
    doseUj: records.reduce((sum, r) => sum + (r.result?.doseUj ?? r.intent.plannedDoseUj), 0),
    spent: spentDose(records),
    skipped: records.filter((r) => r.state === "failed").length,
    open: records
      .filter((r) => r.state === "exposing")
      .map((r) => ({ step: r.intent.step, attempt: r.intent.attempt })),
  };
}

function stepSummary(record: StepRecord): StepSummary {
  const { intent, result, frames } = record;
  const id = (role: string): string | null => frames.find((f) => f.role === role)?.id ?? null;
  return {
    step: intent.step,
    at: result?.at ?? intent.at,
    region: intent.region?.id ?? null,
    settings: intent.settings,
    actual: result?.actual ?? {},
    why: intent.why,
    by: intent.by,
    objectives: result?.objectives ?? {},
    score: result?.score ?? null,
    frames: { before: id("before"), sted: id("sted"), after: id("after") },
  };
}

/**
 * Brings a fresh optimiser to where the run stands: the state after the last ask, then what that step observed.
 * So the next proposal is the one that an uninterrupted run would have made, bit for bit.
 */
export async function restoreOptimiser(
  optimiser: OptimiserPort,
  records: readonly StepRecord[],
): Promise<void> {
  const last = records.at(-1);
  if (last === undefined) return;
  await optimiser.load((last.intent.optimiserState as Asked).state);
  if (wasTold(last)) await settleRecord(optimiser, last);
}

/** Only a full triple tells the optimiser something; a lone STED frame in hold mode does not. */
export function wasTold(record: StepRecord): boolean {
  return record.state === "done" && record.result !== null && record.frames.length > 1;
}

/** What the optimiser hears once a step is measured: an asked proposal that was not taken is withdrawn first. */
export async function settleProposal(
  optimiser: OptimiserPort,
  decided: { readonly proposal: Pick<Proposal, "settings">; readonly optimiserState: Asked },
  observation: Observation,
): Promise<void> {
  const { proposal, optimiserState } = decided;
  const edited = !sameSettings(proposal.settings, observation.settings);
  if (edited && optimiserState.asks > 0) await optimiser.forget(proposal.settings);
  await optimiser.tell(observation);
}

/** The same from the journal. */
export async function settleRecord(optimiser: OptimiserPort, { intent, result }: StepRecord): Promise<void> {
  if (result === null) return;
  const decided = { proposal: { settings: intent.proposed }, optimiserState: intent.optimiserState as Asked };
  await settleProposal(optimiser, decided, result.observation);
}

export function sameSettings(a: Settings, b: Settings | undefined): boolean {
  if (b === undefined) return false;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}
