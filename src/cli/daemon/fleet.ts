import { randomUUID } from "node:crypto";
import type { ResolvedConfig } from "../../config/index.js";
import {
  type Logger,
  type ObjectiveSpec,
  type Observation,
  type ParameterSpec,
  systemClock,
} from "../../core/index.js";
import { FleetLink, FleetScorer, fleetObservations, modelKey, Reporter } from "../../fleet/index.js";
import type { JournalReader } from "../../journal/index.js";
import type { ScorerPort, SessionView } from "../../loop/index.js";
import type { Bundle } from "../../scoring/index.js";
import { targetOf } from "../fleet-target.js";

/** For the fleet's knowledge before a run's first step. */
const patienceMs = 5000;

/** A daemon's part in a fleet. Nothing of it waits for the NATS server, and nothing stops when that is away. */
export interface FleetPart {
  readonly link: FleetLink;
  /** Scores by the fleet where the configuration says so, else as given. */
  readonly scorer: ScorerPort;
  /** What other rigs know, for a new run; none where the configuration does not ask for it, or nobody answers. */
  earlier(
    parameters: readonly ParameterSpec[],
    objectives: readonly ObjectiveSpec[],
  ): Promise<readonly Observation[]>;
  /** From now on the fleet hears of this session. */
  follow(session: SessionView, reader: JournalReader): void;
  close(): Promise<void>;
}

/** Null where the configuration names no fleet. @throws ConfigError for files of credentials that cannot be read */
export async function joinFleet(
  config: ResolvedConfig,
  local: ScorerPort,
  bundle: Bundle,
  logger: Logger,
): Promise<FleetPart | null> {
  const { fleet } = config;
  if (fleet === undefined) return null;
  const link = await FleetLink.start(targetOf(fleet), systemClock, logger);
  const scorer =
    config.engine === "fleet"
      ? new FleetScorer({
          link,
          local,
          model: modelKey(bundle),
          rig: fleet.rig,
          timeoutMs: fleet.timeoutS * 1000,
          clock: systemClock,
          onNotice: (line) => logger.warn({}, line),
        })
      : local;
  let reporter: Reporter | null = null;
  return {
    link,
    scorer,
    async earlier(parameters, objectives) {
      if (!fleet.learn || parameters.length === 0) return [];
      const learned = objectives.filter((o) => o.known === undefined).map((o) => o.name);
      const wanted = { rig: fleet.rig, parameters, objectives: learned, model: bundle.hash };
      const found = await fleetObservations(link, wanted, patienceMs, systemClock);
      if (found === null)
        logger.warn({}, "the fleet could not be asked: this run begins without its knowledge");
      else logger.info({}, `this run begins with ${found.length} observations of other rigs`);
      return found ?? [];
    },
    follow(session, reader) {
      if (!fleet.share) return;
      const start = randomUUID();
      reporter = new Reporter({ link, rig: fleet.rig, start, session, reader, clock: systemClock, logger });
    },
    async close() {
      await reporter?.close();
      await link.close();
    },
  };
}
