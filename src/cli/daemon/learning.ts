import { type Observation, type Proposal, StedError } from "../../core/index.js";
import type { OptimiserPort } from "../../loop/index.js";

interface Lesson {
  readonly run: string;
  readonly observations: readonly Observation[];
}

/**
 * An optimiser that can be told an earlier run while this one goes on: what was seen there waits for the next step's
 * first proposal. Between a rejection and the ask that follows it, or an ask and the journalled state, it would
 * make the step impossible to replay.
 */
export class Learning {
  private readonly waiting: Lesson[] = [];
  /** Asked for this step already: what comes now is the answer to a rejection. */
  private asked = false;
  readonly port: OptimiserPort;

  constructor(optimiser: OptimiserPort) {
    const learnNow = (): Promise<void> => this.learnNow(optimiser);
    const begun = (now: boolean): boolean => {
      const before = this.asked;
      this.asked = now;
      return before;
    };
    this.port = {
      ...bound(optimiser),
      async ask(): Promise<Proposal> {
        if (!begun(true)) await learnNow();
        return optimiser.ask();
      },
      async tell(observation: Observation): Promise<void> {
        await optimiser.tell(observation);
        begun(false);
      },
    };
  }

  /** Counts from the next step on. */
  add(lesson: Lesson): void {
    this.waiting.push(lesson);
  }

  private async learnNow(optimiser: OptimiserPort): Promise<void> {
    if (this.waiting.length === 0) return;
    const { observations = [] } = (await optimiser.save()) as {
      readonly observations?: readonly Observation[];
    };
    const known = new Set(observations.map((o) => o.session));
    for (const { run, observations: seen } of this.waiting.splice(0)) {
      if (known.has(run)) continue;
      known.add(run);
      for (const o of seen) await optimiser.tell(o);
    }
  }
}

/** Every call of the port, on its own object: a worker's methods live on its class. */
function bound(optimiser: OptimiserPort): OptimiserPort {
  return {
    ask: () => optimiser.ask(),
    tell: (o) => optimiser.tell(o),
    forget: (s) => optimiser.forget(s),
    best: () => optimiser.best(),
    pareto: () => optimiser.pareto(),
    save: () => optimiser.save(),
    load: (state) => optimiser.load(state),
    ...(optimiser.prefer === undefined ? {} : { prefer: optimiser.prefer.bind(optimiser) }),
    ...(optimiser.retire === undefined ? {} : { retire: optimiser.retire.bind(optimiser) }),
    ...(optimiser.prepare === undefined ? {} : { prepare: optimiser.prepare.bind(optimiser) }),
    ...(optimiser.outlook === undefined ? {} : { outlook: optimiser.outlook.bind(optimiser) }),
    ...(optimiser.preference === undefined ? {} : { preference: optimiser.preference.bind(optimiser) }),
  };
}

/** A run cannot teach itself. @throws StedError SAME_RUN */
export function refuseItself(run: string, own: string): void {
  if (run === own)
    throw new StedError("SAME_RUN", "this run knows what it saw itself", { hint: "choose an earlier run" });
}
