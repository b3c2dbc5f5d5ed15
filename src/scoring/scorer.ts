import { type Image, ScoreError, type ScoreRecord, toStedError, UsageError } from "../core/index.js";
import type { Bundle } from "./bundle.js";
import { chooseEngine } from "./choose.js";
import type { EngineInfo } from "./engine.js";
import { engineNames } from "./engines/registry.js";
import type { Scored, Wanted } from "./pipeline.js";
import { checkImage } from "./prepare.js";
import { ScorerThread } from "./scorer-thread.js";

export interface ScorerOptions {
  /** A name of `engineNames`, or `auto` (default): the fastest that works and agrees. */
  readonly engine?: string;
  /** Threads of the engine, default 2. */
  readonly threads?: number;
  /** Told in one line when something changed that an operator should know: an engine that ended, a fallback. */
  readonly onNotice?: (line: string) => void;
}

const plain = "onnx-cpu";

/**
 * Scores frames in a thread of its own, one after another in the order of the calls. An engine that fails is started
 * again once and the frame tried again; when it fails again the plain engine takes over, and `onNotice` says so.
 */
export class Scorer {
  private replacing: Promise<void> | null = null;
  private failures = 0;
  private closed = false;

  private constructor(
    private readonly bundle: Bundle,
    private readonly threads: number,
    private readonly onNotice: (line: string) => void,
    private thread: ScorerThread,
    /** Why `auto` left other engines alone. */
    readonly notes: readonly string[],
  ) {}

  /**
   * Opens the model with an engine and warms it up.
   * @throws UsageError for an engine that there is not, ScoreError when it does not work here
   */
  static async open(bundle: Bundle, options: ScorerOptions = {}): Promise<Scorer> {
    const { engine = "auto", threads = 2, onNotice = () => undefined } = options;
    if (engine === "auto") {
      const { thread, notes } = await chooseEngine(bundle, threads);
      return new Scorer(bundle, threads, onNotice, thread, notes);
    }
    if (!engineNames.includes(engine)) {
      throw new UsageError("UNKNOWN_ENGINE", `there is no engine '${engine}' in this build`, {
        hint: `auto, ${engineNames.join(", ")}`,
      });
    }
    return new Scorer(bundle, threads, onNotice, await ScorerThread.open(bundle, engine, threads), []);
  }

  /** The engine now in use. */
  get info(): EngineInfo {
    return this.thread.info;
  }

  /** @throws InputError for a frame that cannot be scored, ScoreError when no engine works any more */
  async score(image: Image): Promise<ScoreRecord> {
    return (await this.detail(image)).record;
  }

  /** The score with its distance from the training set and, where asked for, the heatmap. */
  async detail(image: Image, wanted: Wanted = {}): Promise<Scored> {
    checkImage(image);
    for (;;) {
      if (this.closed) throw new ScoreError("SCORER_CLOSED", "the scorer is closed");
      await this.replacing;
      const thread = this.thread;
      try {
        const scored = await thread.score(image, wanted);
        this.failures = 0;
        return scored;
      } catch (thrown) {
        const error = toStedError(thrown);
        if (error.code !== "ENGINE_FAILED" && error.code !== "WORKER_DIED") throw error;
        if (this.closed) throw new ScoreError("SCORER_CLOSED", "the scorer was closed", { cause: error });
        await this.replace(thread, error.message);
      }
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.replacing?.catch(() => undefined);
    await this.thread.close();
  }

  /** Puts a fresh thread in the place of `broken`; several frames that failed together replace it once. */
  private async replace(broken: ScorerThread, why: string): Promise<void> {
    if (this.thread !== broken) return;
    this.replacing ??= this.startAgain(broken, why).finally(() => {
      this.replacing = null;
    });
    await this.replacing;
  }

  private async startAgain(broken: ScorerThread, why: string): Promise<void> {
    this.failures++;
    const { name } = broken.info;
    await broken.kill();
    if (this.failures > 2 || (this.failures > 1 && name === plain)) {
      throw new ScoreError("ENGINE_FAILED", `scoring fails again and again: ${why}`, {
        where: name,
        hint: "see `stedloop doctor`",
      });
    }
    const next = this.failures === 1 ? name : plain;
    try {
      this.thread = await ScorerThread.open(this.bundle, next, this.threads);
    } catch (thrown) {
      if (next === plain) throw thrown;
      this.thread = await ScorerThread.open(this.bundle, plain, this.threads);
    }
    const now = this.thread.info.name;
    this.onNotice(
      `scoring engine ${name} failed (${why}); ${now === name ? "started again" : `${now} took over`}`,
    );
  }
}
