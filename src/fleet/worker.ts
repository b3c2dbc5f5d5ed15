import type { Consumer, JsMsg } from "@nats-io/jetstream";
import {
  type Clock,
  ConnectError,
  type Image,
  InputError,
  type Logger,
  type ScoreRecord,
  StedError,
  timestamp,
  toStedError,
} from "../core/index.js";
import type { FleetLink } from "./connection.js";
import { buryFrame } from "./dead-letters.js";
import { decodeWork, encodeMessage, type Work, type WorkResult } from "./messages.js";
import { beatMs, consumerOf, streams, subjects } from "./names.js";
import { keepResult, keptResult } from "./results.js";
import { ensureConsumer, ensureStreams } from "./streams.js";

/** A network that a worker scores with. */
export interface WorkerModel {
  readonly name: string;
  /** modelKey of the bundle. */
  readonly key: string;
  readonly engine: string;
  score(image: Image): Promise<ScoreRecord>;
}
export interface WorkerOptions {
  readonly link: FleetLink;
  readonly worker: string;
  readonly models: readonly WorkerModel[];
  /** Frames in hand at once, each model. */
  readonly slots: number;
  /** A worker that gives no sign for so long has lost its frame: another one gets it. */
  readonly ackWaitMs: number;
  /** Deliveries of one frame without an answer before it is buried. */
  readonly deliveries: number;
  readonly clock: Clock;
  readonly logger: Logger;
}
export interface RunningWorker {
  readonly counts: { readonly scored: number; readonly failed: number };
  /** Finishes the frames in hand, takes no more. */
  close(): Promise<void>;
}

const askMs = 5000;
const pauseMs = 500;
/** Scores kept while the server cannot take them: the frame comes again, and need not be computed again. */
const remembered = 256;

/** Scores frames of the work queue until closed. Survives every loss of the server. */
export function startWorker(options: WorkerOptions): RunningWorker {
  const worker = new Worker(options);
  return { counts: worker.counts, close: () => worker.close() };
}

class Worker {
  readonly counts = { scored: 0, failed: 0 };
  private readonly ending = new AbortController();
  private readonly inHand = new Set<Promise<void>>();
  private readonly computed = new Map<string, ScoreRecord>();
  private readonly leave: (() => void)[];

  constructor(private readonly options: WorkerOptions) {
    const { link, clock, models, slots } = options;
    const beat = clock.every(beatMs, () => this.beat(), { background: true });
    this.leave = [
      () => beat.cancel(),
      link.onUp(() => {
        for (const model of models) void this.prepare(model);
      }),
    ];
    for (const model of models) {
      for (let slot = 0; slot < slots; slot++) void this.work(model);
    }
  }

  async close(): Promise<void> {
    this.ending.abort();
    for (const leave of this.leave) leave();
    await Promise.allSettled(this.inHand);
  }

  /** Makes what the server lacks. A consumer that others made stays as they made it. */
  private async prepare({ key }: WorkerModel): Promise<void> {
    const { link, ackWaitMs, logger } = this.options;
    try {
      await ensureStreams(link.jsm);
      await ensureConsumer(link.jsm, key, ackWaitMs);
    } catch (thrown) {
      if (link.up) logger.warn({}, `fleet: ${(thrown as Error).message}`);
    }
  }

  private async work(model: WorkerModel): Promise<void> {
    const { link, clock, logger } = this.options;
    const { signal } = this.ending;
    while (!signal.aborted && !link.closed) {
      try {
        if (!link.up) {
          await link.whenUp(askMs);
          continue;
        }
        const consumer = await link.js.consumers.get(streams.work, consumerOf(model.key));
        // The worker that came first set the time, perhaps to less than this one would.
        const waitMs = ((await consumer.info(true)).config.ack_wait ?? 30e9) / 1e6;
        while (!signal.aborted && link.up) {
          const message = await this.next(consumer);
          if (message === null) {
            // Nothing for a while: is the queue still there? Throws when somebody deleted it.
            await consumer.info();
            continue;
          }
          const handled = this.take(model, message, waitMs);
          this.inHand.add(handled);
          await handled.finally(() => this.inHand.delete(handled));
        }
      } catch (thrown) {
        logger.debug({ error: (thrown as Error).message }, "fleet: asking for work");
        await clock.sleep(pauseMs, signal);
        if (link.up && !signal.aborted) await this.prepare(model);
      }
    }
  }

  /** One frame, or null when none came for a while. An end takes the question back: nothing is given to the deaf. */
  private async next(consumer: Consumer): Promise<JsMsg | null> {
    const { signal } = this.ending;
    const asked = await consumer.fetch({ max_messages: 1, expires: askMs });
    const stop = (): void => void asked.close();
    signal.addEventListener("abort", stop, { once: true });
    try {
      if (signal.aborted) stop();
      for await (const message of asked) return message;
      return null;
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  /** One delivery of one frame; whatever happens, it is answered, given back or buried. */
  private async take(model: WorkerModel, message: JsMsg, waitMs: number): Promise<void> {
    const { clock, logger, deliveries } = this.options;
    if (this.ending.signal.aborted) {
      message.nak();
      return;
    }
    const alive = clock.every(waitMs / 3, () => this.alive(message), { background: true });
    const count = message.info.deliveryCount;
    try {
      // Whoever had it before said nothing, not even that it failed: it may end the next worker too.
      if (count > deliveries) {
        const why = `given out ${count - 1} times without a word: it ends or hangs its worker`;
        await this.bury(message, new StedError("WORKER_LOST", why));
        return;
      }
      await this.answer(model, await decodeWork(message.data));
      await message.ackAck();
    } catch (thrown) {
      const error = toStedError(thrown);
      // A frame that is none stays none; an engine may do better at another try; a lost server is nobody's fault.
      const ours = thrown instanceof StedError && !(thrown instanceof ConnectError);
      const hopeless = thrown instanceof InputError || (ours && count >= deliveries);
      logger.warn({ deliveries: count }, `fleet: a frame was not scored: ${error.line}`);
      if (hopeless && this.options.link.up) await this.bury(message, error);
      else message.nak(pauseMs);
    } finally {
      alive.cancel();
    }
  }

  private alive(message: JsMsg): void {
    try {
      message.working();
    } catch {
      // The connection was closed: the frame goes to another worker, as it would from a dead one.
    }
  }

  private async answer(model: WorkerModel, { head, image }: Work): Promise<void> {
    const { link, clock, worker } = this.options;
    if (head.model !== model.key) throw new InputError("BAD_MESSAGE", "a frame for another network");
    if ((await keptResult(link, model.key, head.work)) !== null) return;
    const record = this.computed.get(head.work) ?? (await model.score(image));
    this.computed.set(head.work, record);
    if (this.computed.size > remembered) this.computed.delete(this.computed.keys().next().value as string);
    const { work } = head;
    const result: WorkResult = { v: 1, work, record, worker, engine: model.engine, at: timestamp(clock) };
    if (await keepResult(link, model.key, result)) this.counts.scored++;
  }

  private async bury(message: JsMsg, error: StedError): Promise<void> {
    this.counts.failed++;
    const { link, worker, clock, logger } = this.options;
    await buryFrame(link, message, { worker, error, at: timestamp(clock) }).catch((thrown: Error) =>
      logger.warn({}, `fleet: a frame could not be buried yet: ${thrown.message}`),
    );
  }

  private beat(): void {
    const { link, worker, models } = this.options;
    if (!link.up) return;
    const engine = models.map((model) => model.engine).join(", ");
    const message = { worker, models: models.map(({ name }) => name), engine, ...this.counts };
    link.nats.publish(subjects.workerBeat(worker), encodeMessage(message));
  }
}
