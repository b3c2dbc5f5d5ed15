import { type Clock, firstInvalidCount, type Pixels } from "../../../src/core/index.js";
import type { AcquireStep, RigCapabilities } from "../../contract.js";
import { type Descriptor, faultLine, type Method, type Result, resultSchemas } from "../schemas.js";
import { type Part, readPixels } from "../wire.js";
import { type EventLog, hashOf } from "./event-log.js";
import type { Answer, AskOver, Probe } from "./probe.js";
import { chooseSettings } from "./settings.js";
import { CheckFailed, demand } from "./verdict.js";

/** A frame that the server gave in an answer. */
export interface TakenFrame {
  readonly descriptor: Descriptor;
  readonly pixels: Pixels;
  readonly hash: string;
  readonly request: string;
}
export interface Size {
  readonly widthPx: number;
  readonly heightPx: number;
}

/** What the checks share: two clients of other sessions, what `hello` said, and how fast this rig is. */
export class Bench {
  /** Whole region, as last heard. */
  region: Result<"region">["region"] | null = null;
  /** Measured duration of one full frame and of one small one, ms. */
  frameMs = 0;
  smallMs = 0;
  /** The same of a frame as in `longSteps`. */
  longFrameMs = 0;
  /** Every frame of the test, by id. */
  readonly taken = new Map<string, TakenFrame>();
  rttMs = 0;

  constructor(
    /** Owns the rig where a check needs an owner. */
    readonly a: Probe,
    /** Another session. */
    readonly b: Probe,
    readonly clock: Clock,
    readonly hello: Result<"hello">,
    readonly events: EventLog | null,
  ) {}

  get capabilities(): RigCapabilities {
    return this.hello.capabilities as RigCapabilities;
  }
  get leaseMs(): number {
    return this.hello.leaseMs;
  }
  /** What "within 500 ms" means seen from here. */
  get promptMs(): number {
    return 500 + 2 * this.rttMs + 150;
  }
  get size(): Size {
    return this.region ?? { widthPx: 64, heightPx: 64 };
  }
  get small(): Size {
    return { widthPx: Math.min(16, this.size.widthPx), heightPx: Math.min(8, this.size.heightPx) };
  }

  step(kind: AcquireStep["kind"], size: Size = this.size, frameMs = 1000, dim = false): AcquireStep {
    const usable = this.capabilities.kinds.includes(kind) ? kind : (this.capabilities.kinds[0] ?? kind);
    return {
      kind: usable,
      settings: chooseSettings(this.capabilities, usable, size.widthPx * size.heightPx, frameMs, dim),
    };
  }

  /** An answer that must be a success of the method's shape. */
  async must<M extends Method>(
    probe: Probe,
    method: M,
    params: object = {},
    over: AskOver = {},
  ): Promise<Result<M>> {
    const answer = await probe.ask(method, params, over);
    demand(answer.ok, `'${method}' was refused: ${answer.code} ${answer.message}`);
    return this.shaped(method, answer);
  }

  shaped<M extends Method>(method: M, answer: Answer): Result<M> {
    const result = resultSchemas[method].safeParse(answer.result);
    if (!result.success) throw new CheckFailed(`'${method}': ${faultLine(result.error, "result")}`);
    return result.data as Result<M>;
  }

  /** A request that must be refused by just this code. @returns the refusal, for its details */
  async refused(what: string, code: string, asking: Promise<Answer>): Promise<Answer> {
    const answer = await asking;
    demand(!answer.ok, `${what} was accepted; it must be refused with ${code}`);
    demand(
      answer.code === code,
      `${what} was refused with ${answer.code}; it must be ${code} (${answer.message})`,
    );
    return answer;
  }

  /** Moves to a region (which makes the session the owner) where the rig can; else takes a small frame for that. */
  async claim(probe: Probe): Promise<void> {
    const { regions } = this.capabilities;
    if (regions === "none") {
      await this.acquire(probe, [this.step("confocal", this.small, 20)], this.small);
      return;
    }
    await this.move(probe);
  }

  async move(probe: Probe, over: AskOver = {}): Promise<Result<"region">["region"]> {
    const { region } = await this.must(probe, "region", this.moveParams(), { timeoutMs: 30_000, ...over });
    this.region = region;
    return region;
  }

  moveParams(): object {
    if (this.capabilities.regions !== "stage") return { move: "next" };
    return { xUm: this.region?.xUm ?? 0, yUm: this.region?.yUm ?? 0 };
  }

  /** Has a region to expose, whatever the rig's way to it. */
  async ready(): Promise<void> {
    if (this.capabilities.regions !== "none") await this.move(this.a);
    else this.region = (await this.must(this.a, "status")).region;
  }

  /** An acquisition that must succeed; the owner's heartbeat goes on meanwhile. Frames are checked and kept. */
  async acquire(
    probe: Probe,
    steps: readonly AcquireStep[],
    size: Partial<Size> = {},
    over: AskOver = {},
  ): Promise<readonly TakenFrame[]> {
    const answer = await this.kept(probe, this.start(probe, steps, size, over));
    demand(answer.ok, `'acquire' was refused: ${answer.code} ${answer.message}`);
    return this.framesOf("acquire", answer);
  }

  /** Sends an acquisition without waiting for it. */
  start(
    probe: Probe,
    steps: readonly AcquireStep[],
    size: Partial<Size> = {},
    over: AskOver = {},
  ): Promise<Answer> {
    const each = Math.max(this.frameMs, this.smallMs, 300);
    const timeoutMs = 10_000 + 3 * each * steps.length;
    return probe.ask(
      "acquire",
      { steps, ...size },
      { expiresAt: probe.serverNow() + timeoutMs, timeoutMs, ...over },
    );
  }

  /** Keeps the owner's lease while `work` is under way. */
  async kept<T>(probe: Probe, work: Promise<T>): Promise<T> {
    if (!this.capabilities.concurrent) return work;
    const beat = this.clock.every(this.leaseMs / 3, () => {
      probe.ask("heartbeat").catch(() => undefined);
    });
    try {
      return await work;
    } finally {
      beat.cancel();
    }
  }

  /** The frames of an answer with their pixels, every header held against its part. */
  framesOf(method: "acquire" | "frame", answer: Answer): readonly TakenFrame[] {
    const { frames } = this.shaped(method, answer);
    return this.withPixels(frames, answer.pixels, answer.id ?? "");
  }

  withPixels(frames: readonly Descriptor[], parts: readonly Part[], request: string): readonly TakenFrame[] {
    demand(
      parts.length === frames.length,
      `${frames.length} frames are announced, but ${parts.length} pixel parts came`,
    );
    const seen = new Set<number>();
    return frames.map((descriptor) => {
      const part = parts[descriptor.part];
      demand(!seen.has(descriptor.part), `two frames claim pixel part ${descriptor.part}`);
      seen.add(descriptor.part);
      const pixels = readPixels(descriptor, part);
      const bad = firstInvalidCount(pixels);
      demand(bad < 0, `frame ${descriptor.frameId}: pixel ${bad} is no photon count`);
      const frame = { descriptor, pixels, hash: part === undefined ? "" : hashOf(part), request };
      if (!this.taken.has(descriptor.frameId)) this.taken.set(descriptor.frameId, frame);
      return frame;
    });
  }

  /** Steps for an acquisition that lasts at least `ms`, as far as the rig is slow enough. */
  longSteps(ms: number): readonly AcquireStep[] {
    const count = Math.min(this.mostSteps, Math.max(2, Math.ceil(ms / Math.max(1, this.longFrameMs))));
    return Array.from({ length: count }, () => this.step("confocal", this.size, 400, true));
  }
  /** Duration of the longest acquisition that `longSteps` can make. */
  get longestMs(): number {
    return this.mostSteps * this.longFrameMs;
  }
  /** So many frames that their answer stays below 64 MB. */
  private get mostSteps(): number {
    return Math.max(8, Math.min(400, Math.floor(16e6 / (this.size.widthPx * this.size.heightPx))));
  }

  /** Idle and without an owner, as far as the server lets itself be brought there. */
  async settle(): Promise<void> {
    for (let i = 0; i < 3; i++) {
      const status = await this.b.ask("status");
      const { state } = this.shaped("status", status);
      if (state === "acquiring") await this.b.ask("abort");
      if (state === "safe") {
        for (const probe of [this.a, this.b]) if ((await probe.ask("resume")).ok) break;
      }
      const released = await Promise.all([this.a.ask("release"), this.b.ask("release")]);
      if (state === "idle" && released.every((answer) => answer.ok)) return;
      await this.clock.sleep(100);
    }
  }
}
