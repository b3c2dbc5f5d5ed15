import type { Bundle } from "./bundle.js";
import { chooseEngine } from "./choose.js";
import type { Batch, EngineInfo, EngineOutput } from "./engine.js";
import { ScorerThread } from "./scorer-thread.js";

/** A network as it is, in a thread of its own: normalised tiles in, what it gives out. For servers of models. */
export interface Inference {
  readonly info: EngineInfo;
  /** @throws ScoreError ENGINE_FAILED */
  infer(batch: Batch): Promise<EngineOutput>;
  close(): Promise<void>;
}

/** @param engine a name of `engineNames` or `auto` @throws ScoreError when it does not work here */
export async function openInference(bundle: Bundle, engine = "auto", threads = 2): Promise<Inference> {
  const thread =
    engine === "auto"
      ? (await chooseEngine(bundle, threads)).thread
      : await ScorerThread.open(bundle, engine, threads);
  return { info: thread.info, infer: (batch) => thread.infer(batch), close: () => thread.close() };
}
