import type { SessionState } from "./contract.js";
import type { LoopConfig } from "./parts.js";

/** Whether the run has used what it was given; what follows is the runner's affair. Pure. */
export function isBudgetUsed(
  { budget, afterBudget }: Pick<LoopConfig, "budget" | "afterBudget">,
  state: Pick<SessionState, "mode" | "step" | "budget">,
  steps: number,
  hold: { readonly active: boolean; readonly tuneUntil: number | null },
): boolean {
  if (state.mode === "observe") return budget.steps !== undefined && state.step >= budget.steps;
  if (hold.active) return false;
  const spent =
    (budget.steps !== undefined && steps >= budget.steps) ||
    (budget.minutes !== undefined && state.budget.minutesUsed >= budget.minutes);
  // Tuning again after drift has steps of its own where the run holds on past its budget.
  if (hold.tuneUntil === null || (spent && afterBudget !== "hold")) return spent;
  return steps >= hold.tuneUntil;
}
