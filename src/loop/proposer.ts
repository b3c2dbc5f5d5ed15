import type { Settings } from "../core/index.js";
import type { LeaseKeeper } from "../safety/index.js";
import type { StepSummary } from "./contract.js";
import type { HoldPlan } from "./hold.js";
import type { SessionParts } from "./parts.js";
import type { Carried } from "./restore.js";
import type { SessionStore } from "./store.js";

/** Where the next settings come from: the operator's "repeat", hold mode, or the optimiser. */
export class Proposer {
  /** Asks of the step at hand; more than one after rejections. */
  private asks = 0;
  /** Set by `repeat`: the next step takes these. */
  again: Settings | null = null;

  constructor(
    private readonly parts: SessionParts,
    private readonly store: SessionStore,
    private readonly lease: LeaseKeeper,
    private readonly hold: HoldPlan,
  ) {}

  async propose(steps: readonly StepSummary[]): Promise<Carried> {
    const { optimiser, config } = this.parts;
    this.lease.enter("proposing", config.deadlinesS.fit * 1000);
    const repeated = this.again;
    if (repeated !== null) {
      this.again = null;
      const text = "Repeats the last step, as you asked.";
      const why = { text, expected: {}, uncertainty: {}, kind: "operator" };
      const optimiserState = { state: await optimiser.save(), asks: this.asks };
      return {
        proposal: { settings: repeated, why, work: 0 },
        settings: repeated,
        by: "operator",
        optimiserState,
      };
    }
    const held = this.store.get().mode === "hold" ? await this.hold.next(this.parts, steps) : null;
    this.store.patch({ stage: held === null ? "choosing the next settings" : "holding" });
    const proposal = held ?? (await optimiser.ask());
    if (held === null) this.asks++;
    const optimiserState = { state: await optimiser.save(), asks: this.asks };
    return { proposal, settings: proposal.settings, by: "auto", optimiserState };
  }

  /** The step is measured; the next one counts its asks anew. */
  settled(): void {
    this.asks = 0;
  }
}
