import { ScoreError } from "../core/index.js";

/** What turns normalised frames into scores. One interface, one contract test, whatever runs below it. */

export interface Batch {
  /** [n, 1, height, width], normalised units. */
  readonly data: Float32Array;
  readonly n: number;
  readonly height: number;
  readonly width: number;
}
export interface EngineOutput {
  /** [n], 0..1 */
  readonly score: Float32Array;
  /** [n, F]; null where the network has none. */
  readonly features: Float32Array | null;
  readonly heatmap: Heatmap | null;
}
/** [n, 1, height, width], 0..1 */
export interface Heatmap {
  readonly data: Float32Array;
  readonly height: number;
  readonly width: number;
}
export interface EngineInfo {
  /** Name in the registry. */
  readonly name: string;
  /** Library and version, device. */
  readonly version: string;
  readonly threads: number;
}
export interface Engine extends EngineInfo {
  /** Most frames it takes at once: 1 where more gain nothing. */
  readonly maxBatch: number;
  /** @throws whatever the library throws; the caller makes it a ScoreError */
  score(batch: Batch): Promise<EngineOutput>;
  close(): Promise<void>;
}

/** What an engine is made of: plain data, so that it crosses a thread. */
export interface EngineSource {
  /** model.onnx */
  readonly onnx: Uint8Array;
  /** Folder of the TensorFlow form; null where there is none. */
  readonly tfjs: string | null;
  /** [height, width] that the network takes. */
  readonly input: readonly [number, number];
  readonly threads: number;
  /** Where the remote engine asks; null where none is configured. */
  readonly remote: RemoteTarget | null;
}
/** A model server elsewhere (Open Inference Protocol v2). */
export interface RemoteTarget {
  /** http(s)://host:port, without /v2 */
  readonly url: string;
  /** The model's name there. */
  readonly model: string;
  readonly version?: string | undefined;
  readonly token?: string | undefined;
  readonly timeoutS: number;
  /** How often a request that failed in passing is sent again. */
  readonly retries: number;
}
export type EngineFactory = (source: EngineSource) => Promise<Engine>;

/** @throws ScoreError ENGINE_FAILED, whatever the library threw */
export async function runEngine(engine: Engine, batch: Batch): Promise<EngineOutput> {
  try {
    return await engine.score(batch);
  } catch (cause) {
    if (cause instanceof ScoreError) throw cause;
    const text = (cause as Error).message.split("\n")[0] ?? "";
    throw new ScoreError("ENGINE_FAILED", `${engine.name}: ${text}`, { cause });
  }
}
