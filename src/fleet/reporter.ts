import { type Clock, type FleetRigStatus, type Logger, timestamp } from "../core/index.js";
import type { JournalReader } from "../journal/index.js";
import type { SessionEvent, SessionState, SessionView } from "../loop/index.js";
import type { FleetLink } from "./connection.js";
import { encodeMessage, type FleetEvent } from "./messages.js";
import { beatMs, subjects } from "./names.js";
import { ObservationSync } from "./observations.js";
import { Outbox } from "./outbox.js";

export interface ReporterOptions {
  readonly link: FleetLink;
  readonly rig: string;
  /** Differs with every start of the daemon. */
  readonly start: string;
  readonly session: Pick<SessionView, "state" | "subscribe">;
  readonly reader: Pick<JournalReader, "runs" | "steps">;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A state that changes faster than this is told as it is after it. */
const settleMs = 500;
const partingMs = 2000;

/** Tells the fleet what happens at one rig: state and notes as events, what steps observed, and that it lives. */
export class Reporter {
  private readonly outbox: Outbox;
  private readonly observations: ObservationSync;
  private readonly leave: (() => void)[];
  private due = false;

  constructor(private readonly options: ReporterOptions) {
    const { link, rig, start, session, reader, clock, logger } = options;
    this.outbox = new Outbox(link, start, clock);
    this.observations = new ObservationSync(link, reader, rig, logger);
    const beat = clock.every(beatMs, () => this.beat(), { background: true });
    this.leave = [() => beat.cancel(), session.subscribe((event) => this.onEvent(event))];
    this.tellStatus();
  }

  /** The last state goes out, where there is somebody to take it. */
  async close(): Promise<void> {
    for (const leave of this.leave) leave();
    this.tellStatus();
    this.beat();
    const { clock, link } = this.options;
    this.observations.nudge();
    const sent = Promise.all([this.outbox.close(partingMs), this.observations.close()]);
    if (link.up) await Promise.race([sent, clock.sleep(partingMs)]);
  }

  private onEvent(event: SessionEvent): void {
    const { rig, session, clock } = this.options;
    if (event.type === "step") this.observations.nudge();
    if (event.type === "note") {
      const { at, level, message } = event;
      const run = session.state().run;
      this.put({ type: "note", rig, run, level, message: message.slice(0, 2000), at });
    }
    if ((event.type !== "state" && event.type !== "step") || this.due) return;
    this.due = true;
    clock.after(settleMs, () => this.tellStatus(), { background: true });
  }

  private tellStatus(): void {
    this.due = false;
    this.put({ type: "status", status: this.status() }, "status");
  }

  private put(event: FleetEvent, kind: string | null = null): void {
    this.outbox.put(subjects.event(this.options.rig), event, kind);
  }

  private beat(): void {
    const { link, rig } = this.options;
    if (link.up) link.nats.publish(subjects.rigBeat(rig), encodeMessage(this.status()));
  }

  private status(): FleetRigStatus {
    const { session, rig, clock } = this.options;
    return statusOf(session.state(), rig, timestamp(clock));
  }
}

/** What a state comes to on one line of the page over all rigs. Pure. */
export function statusOf(state: SessionState, rig: string, at: string): FleetRigStatus {
  const { last, model } = state;
  return {
    rig,
    device: state.rig.name,
    run: state.run,
    state: state.state,
    stage: state.stage,
    mode: state.mode,
    step: state.step,
    steps: state.budget.steps,
    light: state.rig.light.map(({ name, on, powerMw, confirmed }) => ({ name, on, powerMw, confirmed })),
    last: last === null ? null : { score: last.score, lower: last.lower, upper: last.upper, step: last.step },
    alert: state.alert,
    model: model.name,
    engine: model.engine,
    at,
  };
}
