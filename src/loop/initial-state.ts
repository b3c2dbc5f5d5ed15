import { timestamp } from "../core/index.js";
import type { SessionState, StepSummary } from "./contract.js";
import type { SessionParts } from "./parts.js";
import type { Restored } from "./restore.js";

/** What a viewer sees before the first step, or where a resumed run left off. */
export function initialState(parts: SessionParts, from: Restored): SessionState {
  const last = from.steps.at(-1);
  const { info, config } = parts;
  return {
    seq: 0,
    run: parts.run,
    state: "starting",
    stage: "starting",
    mode: config.mode,
    step: from.steps.length,
    budget: {
      steps: config.budget.steps ?? null,
      minutes: config.budget.minutes ?? null,
      minutesUsed: 0,
      doseUj: from.doseUj,
      doseJPerCm2: from.spent.runJPerCm2,
      doseLimitJPerCm2: least(config.budget.doseJPerCm2, parts.envelope.dose.runJPerCm2),
      regionJPerCm2: 0,
      regionLimitJPerCm2: parts.envelope.dose.regionJPerCm2 ?? null,
    },
    rig: {
      name: info.rig.name,
      state: "idle",
      light: [],
      faults: [],
      region: null,
      concurrent: info.capabilities.concurrent,
    },
    current: null,
    proposal: null,
    last: last === undefined ? null : lastOf(last),
    holder: null,
    parameters: parts.parameters,
    objectives: parts.objectives,
    model: parts.model,
    alert: null,
    skipped: from.skipped,
    outlook: null,
    suspend:
      parts.suspend === undefined || parts.suspend.on.length === 0
        ? null
        : {
            on: parts.suspend.on,
            goodForS: parts.suspend.goodForS,
            holds: [],
            held: false,
            needsOperator: false,
            goodSince: null,
          },
    learnt: null,
    maintenance: null,
    at: timestamp(parts.clock),
  };
}

/** The last completed step as GET /state shows it. */
export function lastOf(step: StepSummary): NonNullable<SessionState["last"]> {
  const { score } = step;
  return {
    score: score?.score ?? null,
    lower: score?.lower ?? null,
    upper: score?.upper ?? null,
    inDomain: score?.inDomain ?? false,
    ...(score?.reason === undefined ? {} : { reason: score.reason }),
    objectives: Object.fromEntries(Object.entries(step.objectives).map(([name, v]) => [name, v.value])),
    step: step.step,
    settings: step.settings,
    frames: step.frames,
  };
}

function least(...limits: readonly (number | undefined)[]): number | null {
  const given = limits.filter((l): l is number => l !== undefined);
  return given.length === 0 ? null : Math.min(...given);
}
