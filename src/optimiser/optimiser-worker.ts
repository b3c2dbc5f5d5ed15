import { parentPort, workerData } from "node:worker_threads";
import { StedError, serveCalls, systemClock } from "../core/index.js";
import type { AskOptions } from "./asking.js";
import { createOptimiser } from "./optimiser.js";
import type { OptimiserSpace } from "./space.js";

/** The thread behind `OptimiserWorker`. */
export type ThreadAskOptions = Omit<AskOptions, "expired"> & {
  /** The search is cut when this time is over; `work` of the answer reproduces the cut. */
  readonly deadlineMs?: number;
};

if (parentPort === null) throw new StedError("INTERNAL", "optimiser-worker runs as a worker thread only");
const optimiser = await createOptimiser(workerData as OptimiserSpace);

serveCalls(parentPort, {
  ask({ deadlineMs, ...options }: ThreadAskOptions) {
    if (deadlineMs === undefined) return optimiser.ask(options);
    const end = systemClock.monotonic() + deadlineMs;
    return optimiser.ask({ ...options, expired: () => systemClock.monotonic() > end });
  },
  tell: (...args: Parameters<typeof optimiser.tell>) => optimiser.tell(...args),
  forget: (...args: Parameters<typeof optimiser.forget>) => optimiser.forget(...args),
  prepare: () => optimiser.prepare(),
  predict: (...args: Parameters<typeof optimiser.predict>) => optimiser.predict(...args),
  pareto: () => optimiser.pareto(),
  retire: (...args: Parameters<typeof optimiser.retire>) => optimiser.retire(...args),
  prefer: (...args: Parameters<typeof optimiser.prefer>) => optimiser.prefer(...args),
  preference: () => (optimiser.space.learnFromClicks === true ? optimiser.preference() : null),
  outlook: (...args: Parameters<typeof optimiser.outlook>) => optimiser.outlook(...args),
  best: () => optimiser.best(),
  save: () => optimiser.save(),
  load: (...args: Parameters<typeof optimiser.load>) => optimiser.load(...args),
});
