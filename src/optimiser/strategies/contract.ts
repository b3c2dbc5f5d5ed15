import type { Proposal, RandomStream, Settings } from "../../core/index.js";
import type { Row } from "../data.js";
import type { Allowed, Domain } from "../domain.js";
import type { ThetaCache } from "../fit.js";
import type { LearnedPreference } from "../preference/learned.js";
import type { OptimiserSpace } from "../space.js";

/** All that a proposal may depend on. */
export interface AskContext {
  readonly space: OptimiserSpace;
  readonly domain: Domain;
  /** Observations in the order in which they were told, failed ones included. */
  readonly rows: readonly Row[];
  /** Asked for and not yet told. */
  readonly pending: readonly Float64Array[];
  readonly allowed: Allowed;
  readonly fixed: Settings;
  /** Asks before this one. */
  readonly draw: number;
  /** A stream of its own for each consumer and draw. */
  readonly stream: (name: string) => RandomStream;
  readonly cache: ThetaCache;
  readonly meter: WorkMeter;
  /** Whether the space's weights decide (auto mode) or the trade-off is mapped (assist mode). */
  readonly prefer: boolean;
  /** What was learned from clicks; null where the space does not ask for it, or nothing was clicked. */
  readonly liked: LearnedPreference | null;
  /** Whether clicks decide in this ask (auto mode of a space that learns from them). */
  readonly clicking: boolean;
  /** Features of the field asked about, in the space's order; null = a typical one. */
  readonly field: Float64Array | null;
}

/**
 * A way to choose the next settings: a pure function of the context. Add one as a file here, a line in
 * `registry.ts` and its name in `space.ts`; `test/optimiser/strategies.test.ts` holds its contract.
 */
export interface Strategy {
  readonly name: string;
  propose(context: AskContext): Omit<Proposal, "work"> & { readonly notes?: readonly string[] };
}

/** Batches of 64 candidates looked at, the unit in which a proposal's deadline is counted (design.md §3). */
export const batchSize = 64;

/** Counts work; says when to stop: at a count that was journalled, or when the caller's clock has run out. */
export class WorkMeter {
  private count = 0;
  constructor(
    private readonly limit: number = Number.POSITIVE_INFINITY,
    private readonly expired: () => boolean = () => false,
  ) {}
  get used(): number {
    return this.count;
  }
  /** Room for another batch? The first is always done, so that there is an answer. */
  next(): boolean {
    if (this.count > 0 && (this.count >= this.limit || this.expired())) return false;
    this.count++;
    return true;
  }
}
