import type { JsMsg } from "@nats-io/jetstream";
import type { Msg } from "@nats-io/transport-node";
import {
  type Clock,
  type FleetObservation,
  type FleetRig,
  type FleetRigStatus,
  type FleetState,
  type FleetWorker,
  type Logger,
  timestamp,
} from "../core/index.js";
import type { FleetLink } from "./connection.js";
import { eventSchema, observationSchema, parseOwn, statusSchema, workerBeatSchema } from "./messages.js";
import { staleMs, streams, subjects } from "./names.js";
import { readStream } from "./read-stream.js";

interface KnownRig {
  status: FleetRigStatus;
  /** By this viewer's own clock: other computers' clocks may be wrong. */
  heardMs: number | null;
  /** Of the run that the status names. */
  scores: { readonly run: string; readonly score: number | null }[];
  observations: number;
  notes: { readonly at: string; readonly level: string; readonly message: string }[];
}
type KnownWorker = Omit<FleetWorker, "heardSAgo" | "stale"> & { readonly heardMs: number };

const notesShown = 5;
const scoresShown = 60;
const countMs = 2000;
/** More names than this is not a fleet but a fault. */
const mostRigs = 1000;

/** All rigs and workers of a fleet, read from its streams from their beginning and followed from then on. */
export class FleetViewer {
  private readonly rigs = new Map<string, KnownRig>();
  private readonly workers = new Map<string, KnownWorker>();
  private readonly ending = new AbortController();
  private readonly leave: (() => void)[];
  private queue: FleetState["queue"] = { frames: null, results: null, dead: null };
  private heardOn: FleetLink["nats"] | null = null;
  private readonly caughtUp = new Set<string>();
  private readonly reading: Promise<unknown>;

  constructor(
    private readonly link: FleetLink,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {
    const count = clock.every(countMs, () => void this.count(), { background: true });
    this.leave = [() => count.cancel(), link.onUp(() => this.listen())];
    this.reading = Promise.all([
      this.follow(streams.events, (message) => this.onEvent(message)),
      this.follow(streams.observations, (message) => this.onObservation(message)),
    ]);
  }

  state(): FleetState {
    const now = this.clock.monotonic();
    return {
      connected: this.link.up,
      trouble: this.link.trouble,
      replayed: this.caughtUp.size === 2,
      rigs: [...this.rigs.values()].map((rig) => shown(rig, now)).sort(byName((rig) => rig.rig)),
      workers: [...this.workers.values()]
        .map(({ heardMs, ...worker }) => ({
          ...worker,
          heardSAgo: (now - heardMs) / 1000,
          stale: now - heardMs > staleMs,
        }))
        .sort(byName((worker) => worker.worker)),
      queue: this.link.up ? this.queue : { frames: null, results: null, dead: null },
      at: timestamp(this.clock),
    };
  }

  async close(): Promise<void> {
    this.ending.abort();
    for (const leave of this.leave) leave();
    await this.reading;
  }

  private follow(stream: string, take: (message: JsMsg) => void): Promise<void> {
    const { link, clock, logger } = this;
    const checked = (message: JsMsg): void => {
      try {
        take(message);
      } catch (thrown) {
        logger.debug({ error: (thrown as Error).message }, "fleet: a message was passed over");
      }
    };
    const caughtUp = (): void => void this.caughtUp.add(stream);
    return readStream(link, stream, { take: checked, caughtUp, clock, signal: this.ending.signal });
  }

  /** Signs of life are not kept: they are heard or not. */
  private listen(): void {
    void this.count();
    // The same connection made again keeps its subscriptions.
    if (this.heardOn === this.link.nats) return;
    this.heardOn = this.link.nats;
    this.heardOn.subscribe("stedloop.beat.*.*", {
      callback: (error, message) => {
        if (error !== null) return;
        try {
          if (message.subject.startsWith("stedloop.beat.rig.")) {
            const status = parseOwn(statusSchema, message, ({ rig }) => subjects.rigBeat(rig));
            this.onStatus(status, this.clock.monotonic());
          } else this.onWorker(message);
        } catch (thrown) {
          this.logger.debug({ error: (thrown as Error).message }, "fleet: a message was passed over");
        }
      },
    });
  }

  private onWorker(message: Pick<Msg, "subject" | "data">): void {
    const heardMs = this.clock.monotonic();
    const beat = parseOwn(workerBeatSchema, message, ({ worker }) => subjects.workerBeat(worker));
    this.workers.set(beat.worker, { ...beat, heardMs });
    for (const [name, worker] of this.workers) {
      if (heardMs - worker.heardMs > 360 * staleMs) this.workers.delete(name);
    }
  }

  private onEvent(message: JsMsg): void {
    const event = parseOwn(eventSchema, message, (e) =>
      subjects.event(e.type === "status" ? e.status.rig : e.rig),
    );
    if (event.type === "status") {
      this.onStatus(event.status, null);
      return;
    }
    const { at, level, message: text } = event;
    const rig = this.rigs.get(event.rig);
    if (rig === undefined) return;
    rig.notes.push({ at, level, message: text });
    if (rig.notes.length > notesShown) rig.notes.shift();
  }

  /** @param heardMs null for what was kept: it tells how the rig was, not that it lives */
  private onStatus(status: FleetRigStatus, heardMs: number | null): void {
    const known = this.rigs.get(status.rig);
    if (known === undefined) {
      if (this.rigs.size >= mostRigs) return;
      this.rigs.set(status.rig, { status, heardMs, scores: [], observations: 0, notes: [] });
      return;
    }
    // What the stream still holds may be older than what was just heard.
    if (heardMs !== null || known.heardMs === null || status.at >= known.status.at) known.status = status;
    if (heardMs !== null) known.heardMs = heardMs;
  }

  private onObservation(message: JsMsg): void {
    const observation: FleetObservation = parseOwn(observationSchema, message, (o) =>
      subjects.observation(o.rig, o.run),
    );
    const { rig: name, run, score } = observation;
    const rig = this.rigs.get(name) ?? this.unheard(observation);
    rig.observations++;
    rig.scores.push({ run, score });
    if (rig.scores.length > scoresShown) rig.scores.shift();
  }

  /** Observations are kept longer than states: a rig may be known by them alone. */
  private unheard({ rig, run, step, at, model }: FleetObservation): KnownRig {
    const nothing = { stage: "", mode: "", steps: null, light: [], last: null, alert: null, engine: "" };
    const status = { rig, device: "", run, state: "unknown", step, model: model.name, at, ...nothing };
    const known: KnownRig = { status, heardMs: null, scores: [], observations: 0, notes: [] };
    this.rigs.set(rig, known);
    return known;
  }

  private async count(): Promise<void> {
    const messages = async (stream: string): Promise<number | null> =>
      (await this.link.jsm.streams.info(stream).catch(() => null))?.state.messages ?? null;
    if (!this.link.up) return;
    const [frames, results, dead] = await Promise.all(
      [streams.work, streams.results, streams.dead].map((stream) => messages(stream).catch(() => null)),
    );
    this.queue = { frames: frames ?? null, results: results ?? null, dead: dead ?? null };
  }
}

function shown({ status, heardMs, scores, observations, notes }: KnownRig, now: number): FleetRig {
  const heardSAgo = heardMs === null ? null : (now - heardMs) / 1000;
  const ofRun = scores.filter(({ run }) => run === status.run).map(({ score }) => score);
  const stale = heardSAgo === null || heardSAgo * 1000 > staleMs;
  return { ...status, heardSAgo, stale, scores: ofRun, observations, notes: [...notes] };
}

const byName =
  <T>(name: (item: T) => string) =>
  (a: T, b: T): number =>
    name(a) < name(b) ? -1 : 1;
