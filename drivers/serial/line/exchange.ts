import { type Clock, DeadlineError, ProtocolError, type StedError } from "../../../src/core/index.js";
import { type Command, type Dialect, fits, Misfit } from "./command.js";
import { Doubt } from "./doubt.js";
import { Inbox } from "./inbox.js";
import { printable } from "./printable.js";

const tries = 3;
/** A question that was asked twice and met nothing but silence for so long is not asked again: whoever waits may have light on. */
const silentMs = 1500;
const quietMs = 40;

interface Job {
  readonly command: Command<unknown>;
  readonly urgent: boolean;
  readonly owner: object | null;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly stop: AbortController;
}
export interface ExchangeOptions {
  readonly dialect: Dialect;
  readonly clock: Clock;
  readonly write: (text: string) => boolean;
  /** What the device is called in errors. */
  readonly where: string;
  readonly aside?: (line: string) => void;
  readonly trace?: (direction: ">" | "<", text: string) => void;
}

/**
 * One command in flight on one connection. An answer that comes after its time-out must never be taken for the next
 * one's: after a missing answer every exchange is followed by a question whose answer is known (the serial number);
 * two answers before that one mean that either may be the late one, and the question is asked again.
 */
export class Exchange {
  private readonly inbox: Inbox;
  private readonly jobs: Job[] = [];
  private current: Job | null = null;
  private running = false;
  private lastWriteAt = Number.NEGATIVE_INFINITY;
  private readonly doubt: Doubt;
  private landmark: Command<boolean> | null = null;
  private dead: StedError | null = null;

  constructor(private readonly options: ExchangeOptions) {
    const { clock, dialect } = options;
    this.doubt = new Doubt(clock);
    const stray = (): void => this.doubt.paid();
    this.inbox = new Inbox(clock, dialect.cut, { aside: (line) => options.aside?.(line), stray });
  }

  receive(text: string): void {
    this.options.trace?.("<", text);
    this.inbox.push(text);
  }

  /** A harmless question whose answer is known, now that the device is: reads true for the known answer. */
  setLandmark(command: Command<boolean>): void {
    this.landmark = command;
  }

  /** @param owner whose command it is, where several share the line */
  ask<T>(command: Command<T>, urgent = false, owner: object | null = null): Promise<T> {
    if (this.dead !== null) return Promise.reject(this.dead);
    return new Promise<T>((resolve, reject) => {
      const job: Job = {
        command,
        urgent,
        owner,
        resolve: resolve as (v: unknown) => void,
        reject,
        stop: new AbortController(),
      };
      const firstOrdinary = this.jobs.findIndex((other) => !other.urgent);
      if (urgent && firstOrdinary >= 0) this.jobs.splice(firstOrdinary, 0, job);
      else this.jobs.push(job);
      void this.run();
    });
  }

  /** Gives up every command of that owner that is not urgent, the one in flight too. */
  overtake(error: StedError, owner: object | null = null): void {
    const given = (job: Job): boolean => !job.urgent && job.owner === owner;
    for (const job of this.jobs.filter(given)) {
      this.jobs.splice(this.jobs.indexOf(job), 1);
      job.reject(error);
    }
    if (this.current !== null && given(this.current)) this.interrupt(this.current, error);
  }

  /** How long nothing has been asked, ms. */
  get restedMs(): number {
    return this.current === null ? this.options.clock.monotonic() - this.lastWriteAt : 0;
  }

  /** The connection is gone: everything fails. */
  end(error: StedError): void {
    this.dead ??= error;
    for (const job of this.jobs.splice(0)) job.reject(error);
    if (this.current !== null) this.interrupt(this.current, error);
  }

  private interrupt(job: Job, error: Error): void {
    job.stop.abort(error);
    this.inbox.interrupt(error);
  }

  private async run(): Promise<void> {
    if (this.running) return;
    this.running = true;
    for (let job = this.jobs.shift(); job !== undefined; job = this.jobs.shift()) {
      this.current = job;
      try {
        job.resolve(await this.perform(job));
      } catch (thrown) {
        job.reject(thrown as Error);
      }
      this.inbox.done();
      this.current = null;
    }
    this.running = false;
  }

  private async perform(job: Job): Promise<unknown> {
    const { clock } = this.options;
    const attempts = job.command.kind === "query" ? tries : 1;
    const began = clock.monotonic();
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.attempt(job);
      } catch (thrown) {
        const silent = thrown instanceof DeadlineError;
        const again = silent || (thrown instanceof ProtocolError && thrown.retryable);
        if (!again || attempt >= attempts) throw thrown;
        if (silent && attempt > 1 && clock.monotonic() - began >= silentMs) throw thrown;
      }
    }
  }

  private async attempt(job: Job): Promise<unknown> {
    const { command } = job;
    await this.pace(job);
    if (this.unfinished || this.doubt.pending) await this.inbox.silence(quietMs, 5 * quietMs);
    job.stop.signal.throwIfAborted();
    // Half an answer is there, its other half may come: mistrust what follows.
    if (this.unfinished) this.doubt.raise(0);
    this.inbox.expect(command.send, command.cut);
    this.write(command.send);
    if (command.silent) return command.read("");
    let outcome: { readonly value: unknown } | { readonly refused: unknown };
    try {
      outcome = await this.answer(command);
    } catch (thrown) {
      this.doubt.raise(1);
      throw thrown;
    }
    if (
      this.doubt.open &&
      this.landmark !== null &&
      !(await this.proven(this.landmark, job)) &&
      command.kind === "query"
    ) {
      throw new ProtocolError("UNSURE", `two answers came to '${command.send}'`, {
        where: this.options.where,
        data: { retryable: true },
      });
    }
    if ("refused" in outcome) throw outcome.refused;
    return outcome.value;
  }

  /** Waits for the answer that fits; what cannot be it is dropped. */
  private async answer<T>(
    command: Command<T>,
  ): Promise<{ readonly value: T } | { readonly refused: unknown }> {
    const { clock, dialect, where } = this.options;
    const withinMs = command.timeoutMs ?? dialect.timeoutMs;
    const end = clock.monotonic() + withinMs;
    let strange: string | null = null;
    for (;;) {
      const reply = await this.inbox.next(end - clock.monotonic());
      if (reply === null) {
        const seen = strange ?? (this.inbox.pending === "" ? null : this.inbox.pending);
        if (seen === null)
          throw new DeadlineError("NO_REPLY", `no answer to '${command.send}' within ${withinMs} ms`, {
            where,
            hint: "is it switched on, and is the cable in?",
          });
        throw new ProtocolError("BAD_REPLY", `to '${command.send}' it answered '${printable(seen)}'`, {
          where,
          data: { retryable: true, reply: seen },
        });
      }
      try {
        return { value: command.read(reply) };
      } catch (thrown) {
        if (!(thrown instanceof Misfit)) return { refused: thrown };
        strange = reply;
        this.doubt.paid();
      }
    }
  }

  /** Asks the landmark question; true when its answer is the very next one. */
  private async proven(landmark: Command<boolean>, job: Job): Promise<boolean> {
    const { clock, dialect } = this.options;
    await this.pace({ ...job, command: landmark });
    let extra = this.inbox.expect(landmark.send, landmark.cut);
    this.write(landmark.send);
    const end = clock.monotonic() + (landmark.timeoutMs ?? dialect.timeoutMs);
    for (;;) {
      const reply = await this.inbox.next(end - clock.monotonic()).catch((thrown: Error) => {
        this.doubt.raise(1);
        throw thrown;
      });
      if (reply === null) {
        this.doubt.raise(1);
        return false;
      }
      if (fits(landmark, reply)) break;
      extra++;
    }
    for (let i = 0; i < extra; i++) this.doubt.paid();
    return extra === 0;
  }

  /** Keeps the device's least distance. An urgent set goes out at once as well, should the device take it. */
  private async pace(job: Job): Promise<void> {
    const { clock, dialect } = this.options;
    const gap = (): number => this.lastWriteAt + dialect.betweenMs - clock.monotonic();
    if (job.urgent && job.command.kind === "set" && gap() > 0) {
      this.write(job.command.send);
      this.doubt.raise(job.command.silent ? 0 : 1);
    }
    if (gap() > 0) await clock.sleep(gap(), job.stop.signal);
    job.stop.signal.throwIfAborted();
  }

  private write(text: string): void {
    this.lastWriteAt = this.options.clock.monotonic();
    this.options.trace?.(">", text);
    this.options.write(text + this.options.dialect.end);
  }

  /** Part of an answer has come. */
  private get unfinished(): boolean {
    const { pending } = this.inbox;
    return pending !== "" && this.options.dialect.idle?.test(pending) !== true;
  }
}
