import { isObserveOnly, loadConfig, type ResolvedConfig } from "../../config/index.js";
import { type Settings, UsageError } from "../../core/index.js";
import type { JournalReader } from "../../journal/index.js";
import { summarise } from "../summary.js";
import type { Earlier } from "./compose-options.js";
import { configIdentity } from "./identity.js";
import { type HoldChoice, holdChoice, type RunOptions } from "./run-options.js";
import { modelInForce } from "./workshop.js";

/** What a command line comes to, once files and journal were asked. */
export interface RunPlan {
  readonly config: ResolvedConfig;
  readonly seed: number;
  readonly timeScale: number;
  readonly unattended: boolean;
  readonly afterBudget: "finish" | "hold";
}

/** The configuration with the options of the command line on top. @throws ConfigError, UsageError */
export function planRun(options: RunOptions, earlier: Earlier | null): RunPlan {
  // A resume without --config goes on under the configuration that the run began with.
  const file = options.config ?? (earlier === null ? undefined : null);
  const loaded = file === null ? (earlier?.record.config as ResolvedConfig) : loadConfig(file);
  const mode = isObserveOnly(loaded.rig.kind) ? "observe" : (options.mode ?? loaded.mode);
  // A budget counts the light that a run may spend; watching spends none.
  const observed = mode === "observe";
  // Counted steps take the place of steps and minutes; a limit on light stays.
  const light = loaded.budget.doseJPerCm2;
  const kept = light === undefined ? {} : { doseJPerCm2: light };
  const budget =
    options.iterations !== undefined
      ? { steps: options.iterations, ...kept }
      : options.mode === "hold" && options.count !== undefined
        ? { steps: options.count, ...kept }
        : observed
          ? {}
          : loaded.budget;
  const config: ResolvedConfig = {
    ...loaded,
    model: earlier === null ? modelInForce(options, loaded) : loaded.model,
    mode,
    budget,
    server: {
      ...loaded.server,
      ...(options.host === undefined ? {} : { host: options.host }),
      ...(options.port === undefined ? {} : { port: options.port }),
    },
  };
  const headless = options.headless === true;
  if (options.settings !== undefined && config.mode !== "hold") {
    throw new UsageError("BAD_OPTION", "--settings goes with --mode hold", { where: "--settings" });
  }
  if (options.count !== undefined && config.mode !== "hold") {
    throw new UsageError("BAD_OPTION", "--count goes with --mode hold", { where: "--count" });
  }
  if (config.mode === "hold" && options.settings === undefined && earlier === null) {
    throw new UsageError("BAD_OPTION", "hold mode needs --settings JSON or --settings best:RUN", {
      where: "--settings",
    });
  }
  if (headless && config.mode === "assist") {
    throw new UsageError(
      "BAD_OPTION",
      "in assist mode a person decides at the page, and --headless has none",
      {
        where: "--headless",
        hint: "leave --headless out, or decide by rule with --mode auto",
      },
    );
  }
  return {
    config,
    seed: options.seed ?? earlier?.record.seed ?? 1,
    timeScale: headless ? 0 : 1,
    unattended: headless,
    // A page that somebody watches goes on imaging at what it found; a counted run ends.
    afterBudget: headless || options.iterations !== undefined || config.mode !== "auto" ? "finish" : "hold",
  };
}

/** The run to resume, or null when the folder is asked for none. @throws UsageError NOTHING_TO_RESUME */
export async function findEarlier(
  reader: JournalReader,
  wanted: string | undefined,
  data: string,
): Promise<Earlier | null> {
  if (wanted === undefined) return null;
  const runs = await reader.runs();
  if (runs.length === 0) throw new UsageError("NOTHING_TO_RESUME", `nothing to resume in ${data}`);
  const record = await reader.run(wanted);
  return { record, steps: await reader.steps(record.run) };
}

/** A resume may not change what the run is. */
export function checkSame(plan: RunPlan, earlier: Earlier): void {
  const { record } = earlier;
  if (plan.seed !== record.seed) {
    throw new UsageError("OTHER_SEED", `run ${record.run} has seed ${record.seed}, not ${plan.seed}`, {
      hint: "leave --seed out, or start a new run",
    });
  }
  if (configIdentity(plan.config) !== record.configHash) {
    throw new UsageError("OTHER_CONFIG", `run ${record.run} was begun under another configuration`, {
      hint: "leave --config out to go on as it was, or start a new run",
    });
  }
}

/** Settings that hold mode was given, or those of another run's best step. */
export async function holdSettings(options: RunOptions, reader: JournalReader): Promise<Settings | null> {
  if (options.settings === undefined) return null;
  const choice: HoldChoice = holdChoice(options.settings);
  if (choice.kind === "settings") return choice.settings;
  const summary = await summarise(reader, choice.run);
  if (summary.best === null) throw new UsageError("NO_BEST", `run ${choice.run} has no best step`);
  return summary.best.settings;
}
