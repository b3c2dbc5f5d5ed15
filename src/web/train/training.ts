import { signal } from "@preact/signals";
import { getJson, lineOf, post } from "../api.js";
import { after } from "../time.js";

export interface TrainingState {
  readonly wish: { readonly name: string; readonly dataset: string } | null;
  readonly state: "idle" | "training" | "done" | "cancelled" | "failed";
  readonly startedAt: string | null;
  readonly epochs: readonly {
    readonly epoch: number;
    readonly loss: number;
    readonly validationRmse: number;
  }[];
  readonly lines: readonly string[];
}
export interface ModelEntry {
  readonly name: string;
  readonly madeHere: boolean;
  readonly damaged?: true;
  readonly card?: {
    readonly version: string;
    readonly notice?: string;
    readonly architecture: string;
    readonly structures: readonly string[];
    readonly training: Readonly<Record<string, unknown>>;
    readonly metrics: Readonly<Record<string, unknown>>;
    readonly created: string;
    readonly hash: string;
  };
}
export interface Overview {
  readonly training: TrainingState;
  readonly datasets: readonly { readonly name: string; readonly folder: string }[];
  readonly models: readonly ModelEntry[];
  readonly deployments: readonly { readonly model: string; readonly at: string; readonly by: string }[];
  readonly running: string;
}
export interface Point {
  readonly id: string;
  readonly rating: number;
  readonly score: number;
  readonly lower: number | null;
  readonly upper: number | null;
}
export interface EvaluationRecord {
  readonly model: string;
  readonly dataset: string;
  readonly figures: {
    readonly n: number;
    readonly rmse: number;
    readonly mae: number;
    readonly r2: number | null;
    readonly spearman: number | null;
    readonly coverage90: number | null;
    readonly frames: "test" | "all";
  };
  readonly points: readonly Point[];
}

export const overview = signal<Overview | null>(null);
export const training = signal<TrainingState | null>(null);
/** By model and dataset: the newest evaluations, for the pictures and side by side. */
export const evaluations = signal<Readonly<Record<string, EvaluationRecord>>>({});
export const busy = signal<string | null>(null);
export const trouble = signal<string | null>(null);

export async function attempt(what: string, act: () => Promise<void>): Promise<void> {
  if (busy.value !== null) return;
  busy.value = what;
  trouble.value = null;
  try {
    await act();
  } catch (thrown) {
    trouble.value = `${what}: ${lineOf(thrown)}`;
  } finally {
    busy.value = null;
  }
}

export async function load(): Promise<void> {
  overview.value = await getJson<Overview>("/training");
  training.value = overview.value.training;
}

const everyMs = 2000;
/** Follows the training while the page is open. @returns stops */
export function follow(): () => void {
  let stopped = false;
  let cancel: () => void = () => undefined;
  const look = async (): Promise<void> => {
    const before = training.value?.state;
    try {
      training.value = await getJson<TrainingState>("/training/progress");
      if (before === "training" && training.value.state !== "training") await load();
    } catch {
      // The banner of the lost stream says it already.
    }
    if (!stopped) cancel = after(everyMs, () => void look());
  };
  cancel = after(everyMs, () => void look());
  return () => {
    stopped = true;
    cancel();
  };
}

export const start = (wish: object): Promise<void> =>
  attempt("Train", async () => {
    training.value = await post<TrainingState>("/training", wish);
  });
export const cancelTraining = (): Promise<void> =>
  attempt("Cancel", async () => {
    training.value = await post<TrainingState>("/training/cancel");
  });
const keyOf = (model: string, dataset: string): string => `${model} ${dataset}`;
async function evaluate(model: string, dataset: string): Promise<void> {
  const record = await post<EvaluationRecord>("/training/evaluate", { model, dataset });
  evaluations.value = { ...evaluations.value, [keyOf(model, dataset)]: { ...record, model, dataset } };
}
/** The network that the next run would begin with: what a new one is measured against. */
export function inForce(): string | null {
  const seen = overview.value;
  if (seen === null) return null;
  const deployed = seen.deployments.at(-1)?.model.split(/[\\/]/).at(-1);
  return [deployed, seen.running].find((name) => seen.models.some((m) => m.name === name)) ?? null;
}
/** Evaluates a network, and beside it the one in force on the same frames where that was not done yet. */
export const evaluateModel = (model: string, dataset: string): Promise<void> =>
  attempt("Evaluate", async () => {
    await evaluate(model, dataset);
    const other = inForce();
    if (other === null || other === model || keyOf(other, dataset) in evaluations.value) return;
    await evaluate(other, dataset);
  });
export const deployModel = (model: string): Promise<void> =>
  attempt("Deploy", async () => {
    await post("/models/deploy", { model });
    await load();
  });
export const rollBack = (): Promise<void> =>
  attempt("Roll back", async () => {
    await post("/models/rollback");
    await load();
  });
