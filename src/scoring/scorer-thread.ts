import {
  type CallClient,
  type Clock,
  type Image,
  ProcessClient,
  ScoreError,
  WorkerClient,
} from "../core/index.js";
import type { Bundle } from "./bundle.js";
import type { Batch, EngineInfo, EngineOutput, EngineSource, RemoteTarget } from "./engine.js";
import { requireDriver } from "./engines/driver.js";
import type { Scored, Wanted } from "./scored.js";
import type { Trial } from "./trial.js";

/** TensorFlow reads the process's own environment, which only the main thread can write: few threads, no greetings. */
function quietTensorflow(threads: number): void {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= "3";
  process.env.TF_NUM_INTRAOP_THREADS ??= String(threads);
}

/**
 * Engines that get a process of their own: where a driver crashes, only they end, and a call that hangs in it can be ended. The
 * others run in a thread, to which pixels need not be copied.
 */
const apart: readonly string[] = ["onnx-cuda", "onnx-webgpu", "tensorflow"];
const entry = new URL("./scorer-worker.js", import.meta.url);

/** One engine in one thread or process: what the scorer starts, uses and replaces. */
export class ScorerThread {
  private constructor(
    private readonly client: CallClient,
    private readonly bundle: Bundle,
    readonly info: EngineInfo,
    readonly trial: Trial,
  ) {}

  /** Starts a thread, opens the engine and runs a trial inference. @throws StedError when either fails */
  static async open(
    bundle: Bundle,
    engine: string,
    threads: number,
    remote: RemoteTarget | null = null,
  ): Promise<ScorerThread> {
    if (engine === "tensorflow") quietTensorflow(threads);
    // Here and not in the engine: no process is started for nothing.
    if (engine === "onnx-cuda" || engine === "onnx-webgpu") requireDriver(engine);
    const client = apart.includes(engine)
      ? new ProcessClient(`engine ${engine}`, entry)
      : new WorkerClient("scoring", entry, null);
    const { card } = bundle;
    const source: EngineSource = {
      onnx: bundle.onnx,
      tfjs: bundle.tfjs,
      input: [card.input.height, card.input.width],
      threads,
      remote,
    };
    try {
      const { trial, ...info } = await client.call<EngineInfo & { trial: Trial }>("open", [
        engine,
        source,
        card,
      ]);
      return new ScorerThread(client, bundle, info, trial);
    } catch (thrown) {
      await client.close();
      throw thrown;
    }
  }

  /**
   * Scores one frame. @param deadlineMs a tile may take before the engine counts as hung
   * @throws ScoreError ENGINE_HUNG; the thread is then of no use any more
   */
  async score(image: Image, wanted: Wanted, clock: Clock, deadlineMs: number): Promise<Scored> {
    const { shape, pixelSizeNm } = image;
    // A view into a larger buffer would take all of it along.
    const whole = image.pixels.byteLength === image.pixels.buffer.byteLength;
    const pixels = whole ? image.pixels : image.pixels.slice();
    const moved = whole ? [] : [pixels.buffer as ArrayBuffer];
    const call = this.client.call<Scored>("score", [{ pixels, shape, pixelSizeNm }, wanted], moved);
    // Occlusion maps run the engine hundreds of times a tile.
    const limitMs = deadlineMs * this.about(image) * (wanted.heatmap ? 20 : 1);
    return new Promise((resolve, reject) => {
      const timer = clock.after(
        limitMs,
        () => reject(new ScoreError("ENGINE_HUNG", `${this.info.name} gave no answer in ${limitMs / 1e3} s`)),
        { background: true },
      );
      call.then(resolve, reject).finally(() => timer.cancel());
    });
  }

  /** What the network itself gives for normalised tiles. @throws ScoreError ENGINE_FAILED */
  infer(batch: Batch): Promise<EngineOutput> {
    return this.client.call<EngineOutput>("infer", [batch]);
  }

  /** Number of tiles of a frame, without making them; at most 10 000, whatever the frame claims to be. */
  private about({ shape, pixelSizeNm }: Image): number {
    const { height, width, pixelSizeNm: size } = this.bundle.card.input;
    const scale = pixelSizeNm / size;
    const along = (side: number, tile: number): number =>
      1 + Math.ceil(Math.max(0, side * scale - tile) / (0.75 * tile));
    return Math.min(10_000, along(shape[0], height) * along(shape[1], width));
  }

  async close(): Promise<void> {
    await this.client.call("close").catch(() => undefined);
    await this.client.close();
  }

  /** Gives it up at once, whatever it is doing; open calls reject. */
  kill(): void {
    this.client.abandon();
  }
}
