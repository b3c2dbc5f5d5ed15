import { type Settings, StedError } from "../core/index.js";
import type { PendingProposal } from "./contract.js";

/** What became of a proposal. `withdrawn`: paused, stopped or the mode changed; the same one is shown again later. */
export type Decision =
  | {
      readonly kind: "approved";
      readonly settings: Settings;
      readonly by: "auto" | "operator";
      readonly edited: boolean;
      /** Index of the offered trade-off that was clicked. */
      readonly option?: number;
    }
  | { readonly kind: "rejected" }
  | { readonly kind: "withdrawn" };

/** Holds the one open proposal until an operator, a rule or an end decides. */
export class Gatekeeper {
  private open: {
    readonly proposal: PendingProposal;
    readonly resolve: (decision: Decision) => void;
  } | null = null;

  ask(proposal: PendingProposal): Promise<Decision> {
    this.withdraw();
    return new Promise((resolve) => {
      this.open = { proposal, resolve };
    });
  }

  approve(id: string): void {
    const { proposal } = this.need(id);
    this.decide({ kind: "approved", settings: proposal.settings, by: "operator", edited: false });
  }

  edit(id: string, settings: Settings): void {
    this.need(id);
    this.decide({ kind: "approved", settings, by: "operator", edited: true });
  }

  choose(id: string, option: number): void {
    const chosen = this.need(id).proposal.options[option];
    if (chosen === undefined) throw new StedError("OPTION_UNKNOWN", `there is no option ${option}`);
    this.decide({ kind: "approved", settings: chosen.settings, by: "operator", edited: true, option });
  }

  reject(id: string): void {
    this.need(id);
    this.decide({ kind: "rejected" });
  }

  withdraw(): void {
    if (this.open !== null) this.decide({ kind: "withdrawn" });
  }

  /** Two tabs, two clicks: the second one finds that the proposal is gone. */
  private need(id: string): { readonly proposal: PendingProposal } {
    if (this.open === null || this.open.proposal.id !== id) {
      throw new StedError("PROPOSAL_GONE", "that proposal is no longer open", {
        hint: "look at the current one",
      });
    }
    return this.open;
  }

  private decide(decision: Decision): void {
    const open = this.open;
    this.open = null;
    open?.resolve(decision);
  }
}
