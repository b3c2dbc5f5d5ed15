import {
  type Observation,
  type Settings,
  type StedError,
  type TradeOff,
  WorkerClient,
} from "../core/index.js";
import type { AskResult, Predicted, TellOptions } from "./asking.js";
import type { ThreadAskOptions } from "./optimiser-worker.js";
import type { Outlook } from "./outlook.js";
import type { Calibration, Click } from "./preference/learned.js";
import type { OptimiserSpace } from "./space.js";
import type { OptimiserState } from "./state.js";

/** The optimiser in a thread of its own: the same calls, each a promise. Calls are served in order. */
export class OptimiserWorker {
  private constructor(
    readonly space: OptimiserSpace,
    private readonly client: WorkerClient,
  ) {}

  /** Resolves once the thread answers. @param onDeath called when the thread ends by itself */
  static async open(space: OptimiserSpace, onDeath?: (error: StedError) => void): Promise<OptimiserWorker> {
    const entry = new URL("./optimiser-worker.js", import.meta.url);
    const client = new WorkerClient("optimiser", entry, space, onDeath);
    await client.call<OptimiserState>("save");
    return new OptimiserWorker(space, client);
  }

  ask(options: ThreadAskOptions = {}): Promise<AskResult> {
    return this.client.call("ask", [options]);
  }
  /** Keeps the observation; resolves to the count. */
  async tell(observation: Observation, options: TellOptions = {}): Promise<void> {
    await this.client.call("tell", [observation, options]);
  }
  forget(settings?: Settings): Promise<void> {
    return this.client.call("forget", settings === undefined ? [] : [settings]);
  }
  /** Fits in the background what the next ask needs; changes no answer. */
  prepare(): Promise<void> {
    return this.client.call("prepare");
  }
  predict(settings: readonly Settings[]): Promise<Predicted> {
    return this.client.call("predict", [settings]);
  }
  pareto(): Promise<{ readonly evaluated: readonly TradeOff[]; readonly predicted: readonly TradeOff[] }> {
    return this.client.call("pareto");
  }
  /** All that was told counts like an earlier run from now on. */
  retire(session: string): Promise<void> {
    return this.client.call("retire", [session]);
  }
  /** One click among offered trade-offs. */
  async prefer(click: Click): Promise<void> {
    await this.client.call("prefer", [click]);
  }
  /** How well what was learned from clicks foretells them; null before there is any, or where it is not wanted. */
  preference(): Promise<Calibration | null> {
    return this.client.call("preference");
  }
  /** What further images can still bring; null before there is a model. */
  outlook(options: { readonly prefer?: boolean } = {}): Promise<Outlook | null> {
    return this.client.call("outlook", [options]);
  }
  /** Settings of the best evaluated step; null before there is one. */
  async best(): Promise<Settings | null> {
    const best = await this.client.call<{ readonly settings: Settings } | null>("best");
    return best?.settings ?? null;
  }
  save(): Promise<OptimiserState> {
    return this.client.call("save");
  }
  load(state: unknown): Promise<void> {
    return this.client.call("load", [state]);
  }
  close(): Promise<void> {
    return this.client.close();
  }
}
