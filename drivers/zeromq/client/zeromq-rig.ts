import { randomUUID } from "node:crypto";
import {
  type Approved,
  type Clock,
  ConnectError,
  DeadlineError,
  ProtocolError,
  type Region,
  silentLogger,
  systemClock,
} from "../../../src/core/index.js";
import type {
  AcquireRequest,
  AcquireResult,
  LightState,
  RegionMove,
  Rig,
  RigEvent,
  RigInfo,
  RigStatus,
} from "../../contract.js";
import { clientKeys } from "../keys.js";
import type { Method, Params, Result } from "../schemas.js";
import { checkAnswer, readFrames, toParams, withFramesSoFar } from "./acquired.js";
import { type Asked, type AskOptions, Connection } from "./connection.js";
import { News } from "./news.js";
import { refuseBeyondLease, toInfo, type ZeromqRigOptions } from "./rig-info.js";
import { bareScanMs, ScanTimes } from "./scan-time.js";

const moveTimeoutMs = 30_000;
/** Something that moves or lights must begin soon after it was asked for, or not at all. */
const startWithinMs = 5000;
const busyPatienceMs = 30_000;

/** The daemon's side of `stedrig/1`. Sends no heartbeat by itself: only the main loop calls `heartbeat`. */
export class ZeromqRig implements Rig {
  /** Present after `open` where the rig can focus. */
  focus?: (rangeUm: number) => Promise<{ readonly zUm: number; readonly score: number }>;
  private readonly connection: Connection;
  private readonly clock: Clock;
  private readonly news = new News({
    rigName: () => this.info?.rig.name ?? "rig",
    fetch: (frameSeq) => this.connection.ask("frame", { frameSeq }, this.quick()),
    busy: () => this.acquiring !== null,
  });
  private readonly times: ScanTimes;
  private readonly closing = new AbortController();
  private info: RigInfo | null = null;
  private place: Region | null = null;
  private acquiring: { readonly id: string; readonly until: number } | null = null;
  private owns = false;
  private darkening: Promise<readonly LightState[]> | null = null;

  constructor(private readonly options: ZeromqRigOptions) {
    this.clock = options.clock ?? systemClock;
    this.times = new ScanTimes(options.acquireTimeoutMs ?? 120_000);
    const { commands, session = randomUUID(), client = "stedloop", version = "0" } = options;
    const { logger = silentLogger, connectTimeoutMs = 5000 } = options;
    const events = options.events === undefined ? {} : { events: options.events };
    const keys =
      options.curve === undefined ? {} : { keys: clientKeys(options.curve.keys, options.curve.serverKey) };
    this.connection = new Connection(
      { commands, ...events, ...keys, session, client, version, clock: this.clock, logger, connectTimeoutMs },
      {
        lost: (reason) => this.news.emit({ type: "lost", reason }),
        found: () => this.news.emit({ type: "found" }),
        restarted: (hello) => this.restarted(hello),
        event: (event) => this.news.take(event),
        gap: (missed) => this.news.gap(missed),
        trouble: (code, message) => this.news.trouble(code, message),
      },
    );
  }

  /** Replies to requests given up, messages that were none, events that were lost on the way. */
  get counts(): { readonly late: number; readonly garbage: number; readonly missed: number } {
    return { ...this.connection.counts, missed: this.news.missedEvents };
  }

  async open(): Promise<RigInfo> {
    try {
      const info = toInfo(await this.connection.open());
      this.info = info;
      if (info.capabilities.focus) {
        this.focus = async (rangeUm) =>
          (await this.owned("focus", { rangeUm }, { timeoutMs: 2 * moveTimeoutMs })).result;
      }
      return info;
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async status(): Promise<RigStatus> {
    const { result } = await this.connection.ask("status", {}, this.quick());
    this.place = result.region ?? this.place;
    return { ...result, owner: result.owner ?? undefined };
  }

  async heartbeat(): Promise<void> {
    // A rig that cannot listen in mid-frame is kept by the acquisition itself, which fits into its lease.
    if (this.acquiring !== null && this.info?.capabilities.concurrent === false) return;
    await this.connection.ask("heartbeat", {}, { ...this.quick(), owner: true });
  }

  async region(move: RegionMove): Promise<Region> {
    this.refuseWhenLost("region");
    const { result } = await this.owned("region", move, { timeoutMs: moveTimeoutMs });
    this.place = result.region;
    return result.region;
  }

  async acquire(request: Approved<AcquireRequest>): Promise<AcquireResult> {
    this.refuseWhenLost("acquire");
    const params = toParams(request, this.info?.capabilities);
    const bare = bareScanMs(request, this.place);
    refuseBeyondLease(this.info, this.times.expectedMs(bare));
    const timeoutMs = this.times.deadlineMs(bare, request.timeoutMs);
    const begin = (id: string): void => {
      this.acquiring = { id, until: this.clock.monotonic() + timeoutMs };
    };
    try {
      const { result, pixels, id } = await this.owned("acquire", params, { timeoutMs }, begin);
      this.times.learn(bare, result.durationMs);
      const frames = readFrames(result.frames, pixels, this.info?.rig.name ?? "rig");
      checkAnswer(frames, request, this.place);
      this.news.delivered(frames, id);
      return { frames, durationMs: result.durationMs };
    } catch (error) {
      // What was given up here must not go on over there.
      if (error instanceof DeadlineError) this.abort().catch(() => undefined);
      throw withFramesSoFar(error, this.info?.rig.name ?? "rig") ?? error;
    } finally {
      this.acquiring = null;
      void this.news.recover();
    }
  }

  async abort(): Promise<void> {
    const id = this.acquiring?.id;
    await this.connection.ask("abort", id === undefined ? {} : { id }, {
      ...this.quick(),
      owner: true,
      urgent: true,
    });
  }

  safe(reason: string): Promise<readonly LightState[]> {
    this.darkening ??= this.untilDark(reason).finally(() => {
      this.darkening = null;
    });
    return this.darkening;
  }

  async resume(): Promise<void> {
    await this.owned("resume", {}, this.quick());
  }

  async release(): Promise<void> {
    await this.connection.ask("release", {}, { ...this.quick(), owner: true });
    this.owns = false;
  }

  subscribe(listener: (event: RigEvent) => void): () => void {
    return this.news.subscribe(listener);
  }

  async close(): Promise<void> {
    this.closing.abort();
    this.connection.close();
  }

  /**
   * Time for a quick answer: the rig's own lease, so that a busy computer is not taken for a dead one; a rig that
   * cannot listen in mid-frame answers after the frame.
   */
  private quick(): AskOptions {
    const frame =
      this.acquiring !== null && this.info?.capabilities.concurrent === false ? this.acquiring.until : 0;
    const lease = Math.min(5000, Math.max(2000, this.info?.leaseMs ?? 0));
    return {
      timeoutMs: (this.options.requestTimeoutMs ?? lease) + Math.max(0, frame - this.clock.monotonic()),
    };
  }

  /** As the owner. At the start another owner's lease is waited out, at most 30 s; each try has an id of its own. */
  private async owned<M extends Method>(
    method: M,
    params: Params<M>,
    options: AskOptions,
    begin: (id: string) => void = () => undefined,
  ): Promise<Asked<M> & { readonly id: string }> {
    const giveUpAt = this.clock.monotonic() + busyPatienceMs;
    for (;;) {
      const id = randomUUID();
      begin(id);
      try {
        const answer = await this.connection.ask(method, params, {
          expiresInMs: startWithinMs,
          ...options,
          owner: true,
          id,
        });
        this.owns = true;
        return { ...answer, id };
      } catch (error) {
        const leftMs = giveUpAt - this.clock.monotonic();
        const busy = error instanceof ProtocolError && error.code === "BUSY";
        if (!busy || this.owns || leftMs <= 0 || this.closing.signal.aborted) throw error;
        const told = (error.data.details as { leaseLeftMs?: unknown } | undefined)?.leaseLeftMs;
        const waitMs = typeof told === "number" && told > 0 ? told + 50 : 500;
        await this.clock.sleep(Math.min(waitMs, leftMs), this.closing.signal);
      }
    }
  }

  /** Asks again until the rig says that every source is off and read back; only `close` ends it. */
  private async untilDark(reason: string): Promise<readonly LightState[]> {
    let id = randomUUID();
    for (;;) {
      try {
        const options = { ...this.quick(), owner: true, urgent: true, id, expiresInMs: 60_000 };
        const { light } = (await this.connection.ask("safe", { reason }, options)).result;
        if (light.every((source) => !source.on && source.confirmed)) return light;
        id = randomUUID();
      } catch (error) {
        if (this.closing.signal.aborted) throw error;
        // Refused: ask anew. Not answered: the same question, whose first answer counts.
        if (error instanceof ProtocolError) id = randomUUID();
      }
      await this.clock.sleep(200, this.closing.signal);
    }
  }

  private restarted(hello: Result<"hello">): void {
    this.info = toInfo(hello);
    this.place = null;
    this.owns = false;
    this.news.restarted(hello.start);
  }

  private refuseWhenLost(method: string): void {
    if (!this.connection.lost) return;
    throw new ConnectError("LOST", `no '${method}' while the rig is lost`, {
      hint: "check the rig and the network",
    });
  }
}
