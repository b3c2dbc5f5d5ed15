import { safetyHash } from "../../config/index.js";
import { timestamp } from "../../core/index.js";
import { type LoopConfig, restoreOptimiser, Session, whereItStands } from "../../loop/index.js";
import { OptimiserWorker } from "../../optimiser/index.js";
import type { Scorer } from "../../scoring/index.js";
import { stamped } from "../logging.js";
import { version } from "../package-info.js";
import { spaceOf } from "../space.js";
import type { ComposeOptions } from "./compose-options.js";
import { joinFleet } from "./fleet.js";
import { configIdentity, newRunId } from "./identity.js";
import { Learning, refuseItself } from "./learning.js";
import { nothingToTurn, openParts, WatchedScorer } from "./open-parts.js";
import { chosenObjectives, chosenParameters } from "./start-checks.js";
import { suspendOf } from "./suspend.js";
import { earlierObservations } from "./warm-start.js";

export interface Composed {
  readonly session: Session;
  readonly scorer: Scorer;
  readonly run: string;
  /** Why nothing can be scored any more; null while the engine works. */
  scoringFault(): string | null;
  /** From the next step on, what an earlier run of the data folder saw counts too. Returns how many images that are. */
  learnFrom(run: string, by: string): Promise<number>;
  close(): Promise<void>;
}

/** Brings up rig, model and optimiser together; everything that is wrong is reported at once, and what came up is closed. */
export async function compose(options: ComposeOptions): Promise<Composed> {
  const { config, clock, earlier, journal } = options;
  const run = earlier?.record.run ?? newRunId(clock);
  let current: Session | null = null;
  const logger = stamped(options.logger, () => ({ run, step: current?.state().current?.step ?? 0 }));
  const from = whereItStands(earlier?.steps ?? []);
  const { scorer, bundle, rig, info, light } = await openParts(options, from, logger);
  const up: { close(): Promise<void> }[] = [rig, scorer];
  const close = async (): Promise<void> => {
    await Promise.allSettled(up.map((part) => part.close()));
  };
  try {
    const fleet = await joinFleet(config, scorer, bundle, logger);
    if (fleet !== null) up.push(fleet);
    const engine = config.engine === "fleet" ? { ...scorer.info, name: "fleet" } : scorer.info;
    const parameters = chosenParameters(config, info);
    const objectives = chosenObjectives(config, parameters);
    const optimiser =
      parameters.length === 0
        ? nothingToTurn
        : await OptimiserWorker.open(spaceOf(config, parameters, objectives, options.seed));
    up.push(optimiser);
    if (earlier === null) {
      const { warmStart } = config.optimiser;
      const before = await earlierObservations(journal.reader, warmStart ?? [], parameters);
      const fleetKnows = await fleet?.earlier(parameters, objectives);
      for (const observation of [...before, ...(fleetKnows ?? [])]) await optimiser.tell(observation);
      await journal.createRun({
        run,
        startedAt: timestamp(clock),
        seed: options.seed,
        mode: config.mode,
        config,
        configHash: configIdentity(config),
        limitsHash: safetyHash(config),
        parameters,
        objectives,
        model: { name: bundle.card.name, version: bundle.card.version, hash: bundle.hash },
        engine,
        software: version,
      });
    } else {
      const lost = "the daemon ended while exposing; its full dose is counted";
      for (const { step, attempt } of from.open) await journal.endAttempt(run, step, attempt, "lost", lost);
      await journal.reopenRun(run);
      await restoreOptimiser(optimiser, earlier.steps);
    }
    const watched = new WatchedScorer(fleet?.scorer ?? scorer);
    const learning = new Learning(optimiser);
    const session = new Session(
      {
        run,
        rig,
        info,
        scorer: watched,
        optimiser: learning.port,
        journal,
        ...light,
        config: loopConfig(options),
        suspend: suspendOf(config, rig, info, options),
        parameters,
        objectives,
        model: { name: bundle.card.name, engine: engine.name, notice: bundle.card.notice ?? "" },
        clock,
        logger,
      },
      from,
    );
    current = session;
    up.push({ close: async () => session.close() });
    fleet?.follow(session, journal.reader);
    const learnFrom = async (id: string, by: string): Promise<number> => {
      const { run: other } = await journal.reader.run(id);
      refuseItself(other, run);
      const seen = await earlierObservations(journal.reader, [other], parameters);
      learning.add({ run: other, observations: seen });
      const { step } = session.state();
      const data = { run: other, observations: seen.length, by };
      await journal.addEvent(run, { at: timestamp(clock), step, kind: "warm-start", data });
      return seen.length;
    };
    return { session, scorer, run, scoringFault: () => watched.fault, learnFrom, close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

function loopConfig(options: ComposeOptions): LoopConfig {
  const { context } = options.config.optimiser;
  const { mode, gate, fixed, confocal, operatorLeaseS, budget, deadlinesS, hold } = options.config;
  const { holdSettings, unattended, afterBudget } = options;
  return {
    mode,
    gate,
    fixed,
    confocal,
    ...(context === undefined ? {} : { context }),
    operatorLeaseS,
    budget,
    deadlinesS,
    hold,
    holdSettings,
    unattended,
    // Whoever resumes a run by its name has decided; a headless start without that has not.
    adoption: !unattended ? "ask" : options.earlier === null ? "refuse" : "accept",
    afterBudget,
  };
}
