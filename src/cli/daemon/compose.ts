import { randomUUID } from "node:crypto";
import type { Rig, RigInfo } from "../../../drivers/contract.js";
import { drivers } from "../../../drivers/registry.js";
import { type ResolvedConfig, stableHash } from "../../config/index.js";
import {
  type Clock,
  ConfigError,
  type Logger,
  ScoreError,
  type Settings,
  StedError,
  timestamp,
  toStedError,
} from "../../core/index.js";
import type { Journal, RunRecord, StepRecord } from "../../journal/index.js";
import {
  type LoopConfig,
  type Restored,
  restoreOptimiser,
  type ScorerPort,
  Session,
  whereItStands,
} from "../../loop/index.js";
import { OptimiserWorker } from "../../optimiser/index.js";
import { makeEnvelope } from "../../safety/index.js";
import { type Bundle, openBundle, Scorer } from "../../scoring/index.js";
import { version } from "../package-info.js";
import { startRigProcess } from "../rig-process.js";
import { spaceOf } from "../space.js";
import { configIdentity, newRunId } from "./identity.js";
import { chosenObjectives, chosenParameters, misfits } from "./start-checks.js";

/** A run to go on with, as the journal holds it. */
export interface Earlier {
  readonly record: RunRecord;
  readonly steps: readonly StepRecord[];
}
export interface ComposeOptions {
  readonly config: ResolvedConfig;
  readonly seed: number;
  readonly journal: Journal;
  readonly earlier: Earlier | null;
  readonly unattended: boolean;
  readonly afterBudget: "finish" | "hold";
  readonly holdSettings: Settings | null;
  readonly timeScale: number;
  readonly clock: Clock;
  readonly logger: Logger;
}
export interface Composed {
  readonly session: Session;
  readonly scorer: Scorer;
  readonly optimiser: OptimiserWorker;
  readonly rig: Rig;
  readonly run: string;
  /** Why nothing can be scored any more; null while the engine works. */
  scoringFault(): string | null;
  close(): Promise<void>;
}

/** Brings up rig, model and optimiser together; everything that is wrong is reported at once, and what came up is closed. */
export async function compose(options: ComposeOptions): Promise<Composed> {
  const { config, clock, earlier } = options;
  const run = earlier?.record.run ?? newRunId(clock);
  const logger = options.logger.child({ run });
  const from = whereItStands(earlier?.steps ?? []);
  const opened = await Promise.allSettled([openScorer(config, logger), openRig(options, from, logger)]);
  const [scored, rigged] = opened;
  const close = async (): Promise<void> => {
    if (rigged.status === "fulfilled") await rigged.value.rig.close();
    if (scored.status === "fulfilled") await scored.value.scorer.close();
  };
  const faults = opened.flatMap((o) => (o.status === "rejected" ? [toStedError(o.reason)] : []));
  if (rigged.status === "fulfilled") {
    const where = config.file ?? "default configuration";
    faults.push(
      ...misfits(config, rigged.value.info).map((text) => new ConfigError("CONFIG_MISFIT", text, { where })),
    );
  }
  if (scored.status === "rejected" || rigged.status === "rejected" || faults.length > 0) {
    await close();
    throw allAtOnce(faults);
  }
  const { scorer, bundle } = scored.value;
  const { rig, info } = rigged.value;
  const parameters = chosenParameters(config, info);
  const objectives = chosenObjectives(config, parameters);
  const optimiser = await OptimiserWorker.open(spaceOf(config, parameters, objectives, options.seed));
  if (earlier === null) {
    await options.journal.createRun({
      run,
      startedAt: timestamp(clock),
      seed: options.seed,
      mode: config.mode,
      config,
      configHash: configIdentity(config),
      limitsHash: stableHash(config.limits),
      parameters,
      objectives,
      model: { name: bundle.card.name, version: bundle.card.version, hash: bundle.hash },
      engine: scorer.info,
      software: version,
    });
  } else {
    for (const { step, attempt } of from.open) {
      await options.journal.endAttempt(
        run,
        step,
        attempt,
        "lost",
        "the daemon ended while exposing; its full dose is counted",
      );
    }
    await options.journal.reopenRun(run);
    await restoreOptimiser(optimiser, earlier.steps);
  }
  let scoringFault: string | null = null;
  const watched: ScorerPort = {
    score: async (image) => {
      try {
        const record = await scorer.score(image);
        scoringFault = null;
        return record;
      } catch (thrown) {
        if (thrown instanceof ScoreError) scoringFault = thrown.line;
        throw thrown;
      }
    },
  };
  const session = new Session(
    {
      run,
      rig,
      info,
      scorer: watched,
      optimiser,
      journal: options.journal,
      envelope: makeEnvelope(config.limits, info.capabilities.parameters, info.capabilities.limits),
      config: loopConfig(options),
      parameters,
      objectives,
      model: { name: bundle.card.name, engine: scorer.info.name, notice: bundle.card.notice ?? "" },
      clock,
      logger,
    },
    from,
  );
  return {
    session,
    scorer,
    optimiser,
    rig,
    run,
    scoringFault: () => scoringFault,
    close: async () => {
      session.close();
      await Promise.allSettled([rig.close(), scorer.close(), optimiser.close()]);
    },
  };
}

async function openScorer(
  config: ResolvedConfig,
  logger: Logger,
): Promise<{ readonly scorer: Scorer; readonly bundle: Bundle }> {
  const bundle = await openBundle(config.model);
  const scorer = await Scorer.open(bundle, {
    engine: config.engine,
    threads: config.threads,
    onNotice: (line) => logger.warn({}, line),
  });
  return { scorer, bundle };
}

async function openRig(
  options: ComposeOptions,
  from: Restored,
  logger: Logger,
): Promise<{ readonly rig: Rig; readonly info: RigInfo }> {
  const { config, clock } = options;
  const load = drivers[config.rig.kind];
  if (load === undefined)
    throw new ConfigError("CONFIG_INVALID", `no driver for rig kind '${config.rig.kind}'`);
  const open = await load();
  const rig = await open(config.rig as never, {
    clock,
    logger,
    session: randomUUID(),
    version,
    startRig: (args) => startRigProcess(args, clock, logger),
    firstRegion: from.regionsUsed,
    seed: options.seed,
    timeScale: options.timeScale,
  });
  try {
    return { rig, info: await rig.open() };
  } catch (thrown) {
    await rig.close().catch(() => undefined);
    throw thrown;
  }
}

function loopConfig(options: ComposeOptions): LoopConfig {
  const { mode, gate, fixed, confocal, operatorLeaseS, budget, deadlinesS, hold } = options.config;
  const { holdSettings, unattended, afterBudget } = options;
  return {
    mode,
    gate,
    fixed,
    confocal,
    operatorLeaseS,
    budget,
    deadlinesS,
    hold,
    holdSettings,
    unattended,
    afterBudget,
  };
}

/** One error out of several; a single one stays itself. */
function allAtOnce(faults: readonly StedError[]): StedError {
  const [only] = faults;
  if (faults.length === 1 && only !== undefined) return only;
  const text = `${faults.length} things are wrong: ${faults.map((f, i) => `(${i + 1}) ${f.line}`).join(" ")}`;
  const wrongUse = faults.some((f) => f.exitCode === 2);
  return wrongUse ? new ConfigError("START_FAILED", text) : new StedError("START_FAILED", text);
}
