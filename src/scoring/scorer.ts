import {
  type Clock,
  type Image,
  ScoreError,
  type ScoreRecord,
  systemClock,
  toStedError,
  UsageError,
} from "../core/index.js";
import type { Bundle } from "./bundle.js";
import { chooseEngine, sameAsHere } from "./choose.js";
import type { EngineInfo, RemoteTarget } from "./engine.js";
import { engineNames } from "./engines/registry.js";
import { checkImage } from "./prepare.js";
import { FrameQueue } from "./queue.js";
import type { Scored, Wanted } from "./scored.js";
import { ScorerThread } from "./scorer-thread.js";

export interface ScorerOptions {
  /** A name of `engineNames`, or `auto` (default): the fastest that works and agrees. */
  readonly engine?: string;
  /** The model server that the engine `remote` asks. */
  readonly remote?: RemoteTarget | null;
  /** Threads of the engine, default 2. */
  readonly threads?: number;
  /** Told in one line when something changed that an operator should know: an engine that ended, a fallback. */
  readonly onNotice?: (line: string) => void;
  /** A wait beyond which the newest frame goes first, default 5000 ms. */
  readonly lateMs?: number;
  /** Time for one tile of a frame before its engine counts as hung, default 30 s. */
  readonly deadlineMs?: number;
  readonly clock?: Clock;
}

interface Job {
  readonly image: Image;
  readonly wanted: Wanted;
  readonly resolve: (scored: Scored) => void;
  readonly reject: (error: unknown) => void;
}

const plain = "onnx-cpu";
const engineTrouble: readonly string[] = ["ENGINE_FAILED", "ENGINE_HUNG", "WORKER_DIED"];

/**
 * Scores frames in a thread of its own, one at a time, in the order of the calls (newest first when late). When an
 * engine fails it is started again and the frame tried once more; when it fails again the plain engine takes over,
 * `onNotice` says so, and only if that fails too is the frame given up. The next frame finds a fresh engine.
 */
export class Scorer {
  private readonly queue: FrameQueue<Job>;
  private busy: Promise<void> | null = null;
  private thread: ScorerThread | null;
  private engine: EngineInfo;
  private closed = false;
  /** What the last engine that failed said. */
  private trouble = "";

  private constructor(
    private readonly bundle: Bundle,
    private readonly options: ScorerOptions,
    first: ScorerThread,
    /** Why `auto` left other engines alone. */
    readonly notes: readonly string[],
  ) {
    this.thread = first;
    this.engine = first.info;
    this.queue = new FrameQueue(options.lateMs ?? 5000);
  }

  /**
   * Opens the model with an engine and warms it up.
   * @throws UsageError for an engine that there is not, ScoreError when it does not work here
   */
  static async open(bundle: Bundle, options: ScorerOptions = {}): Promise<Scorer> {
    const { engine = "auto", threads = 2 } = options;
    if (engine === "auto") {
      const { thread, notes } = await chooseEngine(bundle, threads);
      return new Scorer(bundle, options, thread, notes);
    }
    if (!engineNames.includes(engine)) {
      throw new UsageError("UNKNOWN_ENGINE", `there is no engine '${engine}' in this build`, {
        hint: `auto, ${engineNames.join(", ")}`,
      });
    }
    const thread = await ScorerThread.open(bundle, engine, threads, options.remote ?? null);
    // Another machine may serve another network under the same name.
    if (engine === "remote") await sameAsHere(bundle, thread);
    return new Scorer(bundle, options, thread, []);
  }

  /** The engine now in use. */
  get info(): EngineInfo {
    return this.engine;
  }

  /** Frames that wait or are being scored. */
  get pending(): number {
    return this.queue.length + (this.busy === null ? 0 : 1);
  }

  /** @throws InputError for a frame that cannot be scored, ScoreError when no engine works any more */
  async score(image: Image): Promise<ScoreRecord> {
    return (await this.detail(image)).record;
  }

  /** The score with its distance from the training set and, where asked for, the heatmap. */
  detail(image: Image, wanted: Wanted = {}): Promise<Scored> {
    return new Promise((resolve, reject) => {
      if (this.closed) throw closedError();
      checkImage(image);
      this.queue.push({ image, wanted, resolve, reject }, this.clock.monotonic());
      this.busy ??= this.work();
    });
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const job of this.queue.drain()) job.reject(closedError());
    await this.busy;
    await this.thread?.close();
    this.thread = null;
  }

  private get clock(): Clock {
    return this.options.clock ?? systemClock;
  }

  private async work(): Promise<void> {
    for (;;) {
      const job = this.queue.next(this.clock.monotonic());
      if (job === undefined) {
        // Here and not later: whoever asks from now on must find nobody at work.
        this.busy = null;
        return;
      }
      await this.tryHard(job).then(job.resolve, job.reject);
    }
  }

  private async tryHard(job: Job): Promise<Scored> {
    const asked = this.engine.name;
    // Twice with the engine in use, then, where that is another one, with the plain engine.
    for (const engine of asked === plain ? [asked, asked] : [asked, asked, plain]) {
      if (this.closed) throw closedError();
      let thread = this.thread;
      if (thread === null || thread.info.name !== engine) {
        thread?.kill();
        this.thread = null;
        const opened = await this.start(engine);
        if (typeof opened === "string") {
          this.trouble = opened;
          continue;
        }
        thread = opened;
      }
      try {
        return await thread.score(job.image, job.wanted, this.clock, this.options.deadlineMs ?? 30_000);
      } catch (thrown) {
        const error = toStedError(thrown);
        if (!engineTrouble.includes(error.code)) throw error;
        this.trouble = error.message;
        thread.kill();
        this.thread = null;
      }
    }
    throw new ScoreError("ENGINE_FAILED", `this frame cannot be scored: ${this.trouble}`, {
      hint: "see `stedloop doctor`",
    });
  }

  /** A fresh thread with this engine, or in words why there is none. */
  private async start(engine: string): Promise<ScorerThread | string> {
    const before = this.engine.name;
    try {
      const thread = await ScorerThread.open(
        this.bundle,
        engine,
        this.options.threads ?? 2,
        this.options.remote ?? null,
      );
      this.thread = thread;
      this.engine = thread.info;
      const now = engine === before ? "started again" : `${engine} took over`;
      this.options.onNotice?.(`scoring engine ${before} failed (${this.trouble}); ${now}`);
      return thread;
    } catch (thrown) {
      return toStedError(thrown).message;
    }
  }
}

function closedError(): ScoreError {
  return new ScoreError("SCORER_CLOSED", "the scorer is closed");
}
