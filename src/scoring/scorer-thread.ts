import { type Image, WorkerClient } from "../core/index.js";
import type { Bundle } from "./bundle.js";
import type { EngineInfo, EngineSource } from "./engine.js";
import type { Scored, Wanted } from "./pipeline.js";
import type { Trial } from "./trial.js";

/** TensorFlow reads the process's own environment, which only the main thread can write: few threads, no greetings. */
function quietTensorflow(threads: number): void {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= "3";
  process.env.TF_NUM_INTRAOP_THREADS ??= String(threads);
}

/** One engine in one thread: what the scorer starts, uses and replaces. */
export class ScorerThread {
  private constructor(
    private readonly client: WorkerClient,
    readonly info: EngineInfo,
    readonly trial: Trial,
  ) {}

  /** Starts a thread, opens the engine and runs a trial inference. @throws StedError when either fails */
  static async open(bundle: Bundle, engine: string, threads: number): Promise<ScorerThread> {
    if (engine === "tensorflow") quietTensorflow(threads);
    const client = new WorkerClient("scoring", new URL("./scorer-worker.js", import.meta.url), null);
    const { card } = bundle;
    const source: EngineSource = {
      onnx: bundle.onnx,
      tfjs: bundle.tfjs,
      input: [card.input.height, card.input.width],
      threads,
    };
    try {
      const { trial, ...info } = await client.call<EngineInfo & { trial: Trial }>("open", [
        engine,
        source,
        card,
      ]);
      return new ScorerThread(client, info, trial);
    } catch (thrown) {
      await client.close();
      throw thrown;
    }
  }

  score(image: Image, wanted: Wanted): Promise<Scored> {
    const { pixels, shape, pixelSizeNm } = image;
    return this.client.call<Scored>("score", [{ pixels, shape, pixelSizeNm }, wanted]);
  }

  async close(): Promise<void> {
    await this.client.call("close").catch(() => undefined);
    await this.client.close();
  }

  /** Ends the thread at once; open calls reject. */
  async kill(): Promise<void> {
    await this.client.close();
  }
}
