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
