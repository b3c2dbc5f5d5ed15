import { parentPort } from "node:worker_threads";
import {
  fromRegistry,
  type Image,
  parentProcess,
  ScoreError,
  serveCalls,
  systemClock,
} from "../core/index.js";
import type { Card } from "./card.js";
import {
  type Batch,
  type Engine,
  type EngineInfo,
  type EngineOutput,
  type EngineSource,
  runEngine,
} from "./engine.js";
import { engines } from "./engines/registry.js";
import { scoreImage } from "./pipeline.js";
import type { Scored, Wanted } from "./scored.js";
import { type Trial, tryEngine, warmUp } from "./trial.js";

/** The scoring thread or process: onnxruntime's `run` and TensorFlow's `execute` block the thread that they are called in. */
const port = parentPort ?? parentProcess();
if (port !== null) {
  let engine: Engine | null = null;
  let card: Card | null = null;
  serveCalls(port, {
    open: async (
      name: string,
      source: EngineSource,
      itsCard: Card,
    ): Promise<EngineInfo & { trial: Trial }> => {
      const make = await fromRegistry("engine", engines, name);
      engine = await make(source);
      card = itsCard;
      const trial = await tryEngine(engine, source.input, systemClock);
      await warmUp(engine, card, trial.ms);
      return { name: engine.name, version: engine.version, threads: engine.threads, trial };
    },
    score: async (image: Image, wanted: Wanted): Promise<Scored> => {
      if (engine === null || card === null) throw new ScoreError("ENGINE_FAILED", "no engine is open");
      return scoreImage(image, card, engine, systemClock, wanted);
    },
    infer: async (batch: Batch): Promise<EngineOutput> => {
      if (engine === null) throw new ScoreError("ENGINE_FAILED", "no engine is open");
      return runEngine(engine, batch);
    },
    close: async (): Promise<void> => {
      await engine?.close();
      engine = null;
    },
  });
}
