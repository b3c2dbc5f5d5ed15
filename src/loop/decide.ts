import type { LeaseKeeper } from "../safety/index.js";
import type { Gatekeeper } from "./gatekeeper.js";
import type { SessionParts } from "./parts.js";
import type { Carried } from "./restore.js";
import type { SessionStore } from "./store.js";

interface Desk {
  readonly parts: SessionParts;
  readonly store: SessionStore;
  readonly gate: Gatekeeper;
  readonly lease: LeaseKeeper;
}

/**
 * The rule (auto, hold) or the operator (assist) on one proposal. The light is off while a person thinks; when
 * nobody decides within the operator's lease the run pauses and keeps the proposal.
 */
export async function decide(
  ready: Carried,
  step: number,
  desk: Desk,
): Promise<Carried | "rejected" | "withdrawn"> {
  const { parts, store, gate, lease } = desk;
  const { mode } = store.get();
  // What was learned from clicks hands back when it is unsure; where nobody watches nobody can be asked.
  const handsBack = mode === "auto" && ready.proposal.why.kind === "unsure" && !parts.config.unattended;
  if ((mode !== "assist" && !handsBack) || ready.by === "operator") return ready;
  const leaseMs = parts.config.operatorLeaseS * 1000;
  const { predicted } = await parts.optimiser.pareto();
  const proposal = {
    id: `${parts.run}/${step}/${store.get().seq}`,
    step,
    settings: ready.settings,
    why: ready.proposal.why,
    options: predicted,
    until: new Date(parts.clock.now() + leaseMs).toISOString(),
  };
  lease.enter("waiting for a person", leaseMs);
  const answer = gate.ask(proposal);
  if (!store.move("proposed", { proposal, stage: "waiting for you" })) gate.withdraw();
  const timer = parts.clock.after(leaseMs, () => {
    const alert = `nobody decided for ${parts.config.operatorLeaseS} s; the rig was let go dark`;
    if (store.move("pause", { alert })) gate.withdraw();
  });
  const decision = await answer;
  timer.cancel();
  store.move("decided", { proposal: null });
  if (decision.kind === "withdrawn") return "withdrawn";
  if (decision.kind === "rejected") {
    await parts.optimiser.forget(ready.settings);
    return "rejected";
  }
  if (decision.option !== undefined)
    await parts.optimiser.prefer?.({
      options: predicted.map((o) => o.objectives),
      chosen: decision.option,
    });
  return { ...ready, settings: decision.settings, by: decision.by };
}
