import { randomUUID } from "node:crypto";
import type { LightState, Rig, RigInfo } from "../../../drivers/contract.js";
import { drivers } from "../../../drivers/registry.js";
import type { ResolvedConfig } from "../../config/index.js";
import {
  ConfigError,
  type Image,
  type Logger,
  ScoreError,
  type ScoreRecord,
  StedError,
  toStedError,
} from "../../core/index.js";
import type { OptimiserPort, Restored, ScorerPort } from "../../loop/index.js";
import { type Bundle, openBundle, Scorer } from "../../scoring/index.js";
import { version } from "../package-info.js";
import { remoteTarget } from "../remote-target.js";
import { startRigProcess } from "../rig-process.js";
import type { ComposeOptions } from "./compose-options.js";
import { type LightPlan, lightMisfits, planLight } from "./light-plan.js";
import { lightServices } from "./light-services.js";
import { misfits } from "./start-checks.js";

export interface Parts {
  readonly scorer: Scorer;
  readonly bundle: Bundle;
  readonly rig: Rig;
  readonly info: RigInfo;
  readonly light: LightPlan;
}

/** Rig and model side by side; every fault of either, and of how they fit the configuration, in one error. */
export async function openParts(options: ComposeOptions, from: Restored, logger: Logger): Promise<Parts> {
  const { config } = options;
  const [scored, rigged] = await Promise.allSettled([
    openScorer(config, logger),
    openRig(options, from, logger),
  ]);
  const faults = [scored, rigged].flatMap((o) => (o.status === "rejected" ? [toStedError(o.reason)] : []));
  if (rigged.status === "fulfilled") {
    const where = config.file ?? "default configuration";
    const { info, lights, light } = rigged.value;
    const texts = [...misfits(config, info), ...lightMisfits(config, info, lights, light)];
    faults.push(...texts.map((text) => new ConfigError("CONFIG_MISFIT", text, { where })));
  }
  if (scored.status === "fulfilled" && rigged.status === "fulfilled" && faults.length === 0) {
    return { ...scored.value, ...rigged.value };
  }
  if (rigged.status === "fulfilled") await rigged.value.rig.close().catch(() => undefined);
  if (scored.status === "fulfilled") await scored.value.scorer.close().catch(() => undefined);
  throw allAtOnce(faults);
}

async function openScorer(
  config: ResolvedConfig,
  logger: Logger,
): Promise<{ readonly scorer: Scorer; readonly bundle: Bundle }> {
  const bundle = await openBundle(config.model);
  const scorer = await Scorer.open(bundle, {
    engine: localEngine(config),
    threads: config.threads,
    remote: await remoteTarget(config.remote, bundle.card.name),
    onNotice: (line) => logger.warn({}, line),
  });
  return { scorer, bundle };
}

async function openRig(
  options: ComposeOptions,
  from: Restored,
  logger: Logger,
): Promise<{
  readonly rig: Rig;
  readonly info: RigInfo;
  readonly lights: readonly LightState[];
  readonly light: LightPlan;
}> {
  const { config, clock } = options;
  const load = drivers[config.rig.kind];
  if (load === undefined)
    throw new ConfigError("CONFIG_INVALID", `no driver for rig kind '${config.rig.kind}'`);
  if (config.rig.kind === "simulated" && config.rig.faults !== undefined) {
    // Here and not only in the rig's own process, so that a typo is told with its line.
    const { faultNames, readFaultScript } = await import("../../../drivers/simulated/index.js");
    readFaultScript(config.rig.faults, faultNames);
  }
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
    light: lightServices(config, options.data, clock, logger),
  });
  try {
    const info = await rig.open();
    const { light: lights } = await rig.status();
    return { rig, info, lights, light: planLight(config, info, lights, clock) };
  } catch (thrown) {
    await rig.close().catch(() => undefined);
    throw thrown;
  }
}

/** One error out of several; a single one stays itself. */
function allAtOnce(faults: readonly StedError[]): StedError {
  const [only] = faults;
  if (faults.length === 1 && only !== undefined) return only;
  const text = `${faults.length} things are wrong: ${faults.map((f, i) => `(${i + 1}) ${f.line}`).join(" ")}`;
  const wrongUse = faults.some((f) => f.exitCode === 2);
  return wrongUse ? new ConfigError("START_FAILED", text) : new StedError("START_FAILED", text);
}

/** Remembers why scoring does not work at the moment, for the health probe. */
export class WatchedScorer implements ScorerPort {
  fault: string | null = null;

  constructor(private readonly scorer: ScorerPort) {}

  async score(image: Image): Promise<ScoreRecord> {
    try {
      const record = await this.scorer.score(image);
      this.fault = null;
      return record;
    } catch (thrown) {
      if (thrown instanceof ScoreError) this.fault = thrown.line;
      throw thrown;
    }
  }
}

const nothing = async (): Promise<never> => {
  throw new StedError("NOTHING_TO_TURN", "this rig has no settings to choose");
};
/** The optimiser of a rig that can only be watched. */
export const nothingToTurn: OptimiserPort & { close(): Promise<void> } = {
  ask: nothing,
  tell: nothing,
  forget: async () => undefined,
  best: async () => null,
  pareto: async () => ({ evaluated: [], predicted: [] }),
  save: async () => null,
  load: async () => undefined,
  close: async () => undefined,
};

/** The engine of this computer: with `engine: fleet` what scores when the fleet does not. */
export function localEngine({ engine }: ResolvedConfig): Exclude<ResolvedConfig["engine"], "fleet"> {
  return engine === "fleet" ? "auto" : engine;
}
