import type { Clock, FleetObservation, Observation, ParameterSpec } from "../core/index.js";
import type { FleetLink } from "./connection.js";
import { observationSchema, parseOwn } from "./messages.js";
import { streams, subjects } from "./names.js";
import { readStream } from "./read-stream.js";

/** More than this would slow every proposal and teach little more. */
const mostObservations = 120;

/**
 * What other rigs of the fleet observed with the same knobs and the same network, marked as earlier sessions: the
 * optimiser gives such data less weight and leaves out sessions that contradict its own. The newest are taken.
 * @param waitMs for the server, and for reading @returns null when the fleet could not be asked
 */
export async function fleetObservations(
  link: FleetLink,
  wanted: {
    readonly rig: string;
    readonly parameters: readonly ParameterSpec[];
    readonly objectives: readonly string[];
    /** SHA-256 of the network: scores of another one do not compare. */
    readonly model: string;
  },
  waitMs: number,
  clock: Clock,
): Promise<readonly Observation[] | null> {
  if (!(await link.whenUp(waitMs))) return null;
  const found: FleetObservation[] = [];
  const done = new AbortController();
  let whole = false;
  const timer = clock.after(waitMs, () => done.abort());
  await readStream(link, streams.observations, {
    take: (message) => {
      const observation = readable(message);
      if (observation !== null && fits(observation, wanted)) found.push(observation);
    },
    caughtUp: () => {
      whole = true;
      done.abort();
    },
    clock,
    signal: done.signal,
  });
  timer.cancel();
  return whole ? found.slice(-mostObservations).map((o) => earlier(o, wanted.objectives)) : null;
}

type Wanted = Parameters<typeof fleetObservations>[1];

function readable(message: Parameters<typeof parseOwn>[1]): FleetObservation | null {
  try {
    return parseOwn(observationSchema, message, ({ rig, run }) => subjects.observation(rig, run));
  } catch {
    return null;
  }
}

function fits(observation: FleetObservation, { rig, parameters, objectives, model }: Wanted): boolean {
  const { settings } = observation;
  return (
    observation.rig !== rig &&
    observation.model.hash === model &&
    Object.keys(settings).length === parameters.length &&
    parameters.every(({ name, min, max }) => {
      const value = settings[name];
      return value !== undefined && value >= min && value <= max;
    }) &&
    objectives.some((name) => observation.objectives[name] != null)
  );
}

function earlier(observation: FleetObservation, names: readonly string[]): Observation {
  const { rig, run, settings, objectives } = observation;
  return {
    settings,
    objectives: Object.fromEntries(names.map((name) => [name, objectives[name] ?? null])),
    session: `${rig}/${run}`,
  };
}
