import { JetStreamApiCodes, JetStreamApiError } from "@nats-io/jetstream";
import type { FleetObservation, Logger } from "../core/index.js";
import type { JournalReader, RunRecord, StepRecord } from "../journal/index.js";
import type { FleetLink } from "./connection.js";
import { encodeMessage, observationSchema, parseMessage } from "./messages.js";
import { streams, subjects } from "./names.js";

/**
 * Brings the journal's observations to the fleet's stream. The journal is the truth: what the stream lacks of the runs
 * that were meant for the fleet is sent, whether it is one step, a run whose daemon was killed, or all since the server
 * went away. A step is sent once.
 */
export class ObservationSync {
  /** Last step of each run that the stream has; asked anew after every connection. */
  private readonly last = new Map<string, number>();
  private working: Promise<void> | null = null;
  private again = false;
  private readonly leave: () => void;

  constructor(
    private readonly link: FleetLink,
    private readonly reader: Pick<JournalReader, "runs" | "steps">,
    private readonly rig: string,
    private readonly logger: Logger,
  ) {
    this.leave = link.onUp(() => {
      this.last.clear();
      this.nudge();
    });
  }

  /** There may be something new in the journal. */
  nudge(): void {
    this.again = true;
    this.working ??= this.work().finally(() => {
      this.working = null;
    });
  }

  /** Resolves when all that the journal holds is sent, or sending failed. */
  async close(): Promise<void> {
    this.leave();
    await this.working;
  }

  private async work(): Promise<void> {
    while (this.again && this.link.up) {
      this.again = false;
      try {
        for (const run of await this.reader.runs()) {
          if (isOfFleet(run, this.rig)) await this.bring(run);
        }
      } catch (thrown) {
        // The next step, or the next connection, tries again.
        this.logger.debug({ error: (thrown as Error).message }, "fleet: sending observations");
      }
    }
  }

  private async bring(record: RunRecord): Promise<void> {
    const { run, iterations } = record;
    if ((this.last.get(run) ?? -1) >= iterations) return;
    let last = this.last.get(run) ?? (await this.lastSent(run));
    if (last < iterations) {
      for (const step of await this.reader.steps(run, { optimiserStates: false })) {
        const observation = observationOf(record, step, this.rig);
        if (observation === null || observation.step <= last) continue;
        const id = `${this.rig}-${run}-${observation.step}`;
        const subject = subjects.observation(this.rig, run);
        await this.link.js.publish(subject, encodeMessage(observation), { msgID: id });
        last = observation.step;
      }
    }
    // Steps that teach nothing (single frames in hold mode) are passed over once.
    this.last.set(run, Math.max(last, iterations));
  }

  private async lastSent(run: string): Promise<number> {
    const query = { last_by_subj: subjects.observation(this.rig, run) };
    try {
      const message = await this.link.jsm.streams.getMessage(streams.observations, query);
      return message === null ? 0 : parseMessage(observationSchema, message.data).step;
    } catch (thrown) {
      if (thrown instanceof JetStreamApiError && thrown.code === JetStreamApiCodes.NoMessageFound) return 0;
      throw thrown;
    }
  }
}

/** Runs begun under a configuration that shares with the fleet by this rig's name. */
function isOfFleet({ config }: RunRecord, rig: string): boolean {
  const fleet = (config as { readonly fleet?: { readonly rig?: string; readonly share?: boolean } }).fleet;
  return fleet?.rig === rig && fleet.share !== false;
}

function observationOf(record: RunRecord, step: StepRecord, rig: string): FleetObservation | null {
  const { state, result, intent, frames } = step;
  if (state !== "done" || result === null || frames.length < 2) return null;
  const { name, hash } = record.model;
  return {
    rig,
    run: record.run,
    step: intent.step,
    at: result.at,
    settings: result.observation.settings,
    objectives: result.observation.objectives,
    score: result.score?.score ?? null,
    model: { name, hash },
  };
}
