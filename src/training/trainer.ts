import { createHash } from "node:crypto";
import { join } from "node:path";
import { type Clock, RandomStream, StedError, UsageError } from "../core/index.js";
import { Adam, learningRate } from "./adam.js";
import { epochItems, type FrameSet, type Item, type Normalisation } from "./batches.js";
import { type EpochRecord, readCheckpoint, writeCheckpoint } from "./checkpoint.js";
import { agreement } from "./metrics.js";
import type { NetworkSpec } from "./network.js";
import { initialWeights, type Weights } from "./network-weights.js";
import { gradientStep, predict, reestimate } from "./step.js";
import type { Tf } from "./tf-types.js";

export interface Recipe {
  readonly epochs: number;
  readonly batch: number;
  /** Peak learning rate. */
  readonly rate: number;
  readonly augmentation: boolean;
  /** Ends after this many epochs without a better validation RMSE. */
  readonly patience: number;
  /** Share of the steps after which the first convolution stays as it is: its gradient costs a third of a step. */
  readonly firstLayerShare: number;
  /** Share of the epochs, the last ones, in which batch normalisation is that of scoring: its statistics are held. */
  readonly heldShare: number;
  readonly seed: number;
}
export const defaultRecipe: Omit<Recipe, "seed"> = {
  epochs: 40,
  batch: 16,
  rate: 1.5e-3,
  augmentation: true,
  patience: 15,
  firstLayerShare: 0.2,
  heldShare: 0.5,
};

export interface FitOptions {
  readonly tf: Tf;
  readonly spec: NetworkSpec;
  readonly recipe: Recipe;
  readonly normalisation: Normalisation;
  readonly train: FrameSet;
  readonly validation: FrameSet;
  /** Folder of the checkpoints `last.ckpt` and `best.ckpt`. */
  readonly checkpoints: string;
  readonly resume: boolean;
  /** Weights to begin with, taken over where name and size are the same. */
  readonly start?: Weights;
  readonly clock: Clock;
  readonly onProgress?: (line: string) => void;
  /** Stops between two steps; what is done stays in the checkpoint. */
  readonly signal?: AbortSignal;
}

export interface Fitted {
  /** Of the epoch with the best validation RMSE. */
  readonly weights: Map<string, Float32Array>;
  readonly history: readonly EpochRecord[];
  readonly best: EpochRecord;
  readonly stoppedEarly: boolean;
}

/** Moving statistics of batch normalisation keep this much a step; less at first, when they know little. */
const momentum = 0.98;
const reportEveryMs = 5000;
/** Batches over which the statistics are taken again at the end of an epoch. */
const statisticsBatches = 24;
const steepest = 1;

/**
 * Trains by mean squared error with Adam. Every draw comes from streams named by seed and epoch, so a
 * training that was killed and resumed ends with the same weights as one that was not.
 * @throws StedError LOSS_NOT_FINITE (the last good checkpoint stays) · UsageError RESUME_DIFFERS
 */
export async function fitNetwork(options: FitOptions): Promise<Fitted> {
  const { tf, spec, recipe, train, validation, clock, onProgress } = options;
  const lastFile = join(options.checkpoints, "last.ckpt");
  const bestFile = join(options.checkpoints, "best.ckpt");
  const hash = recipeHash(options);
  const adam = new Adam();
  const weights = initialWeights(spec, RandomStream.of(recipe.seed, "weights"));
  takeOver(weights, options.start);
  const history: EpochRecord[] = [];
  if (options.resume) restore(lastFile, hash, weights, adam, history);
  const say = (line: string): void => onProgress?.(line);
  const bestOf = (): EpochRecord | undefined =>
    history.reduce<EpochRecord | undefined>(
      (b, e) => (b && b.validationRmse <= e.validationRmse ? b : e),
      undefined,
    );
  const early = (): boolean => history.length - (bestOf()?.epoch ?? 0) >= recipe.patience;
  const stepsPerEpoch = Math.ceil((train.frames.length * (recipe.augmentation ? 2 : 1)) / recipe.batch);
  const allSteps = stepsPerEpoch * recipe.epochs;
  const begun = clock.monotonic();
  const stepsBefore = adam.steps;
  let reported = begun;
  for (let epoch = history.length + 1; epoch <= recipe.epochs && !early(); epoch++) {
    const epochBegun = clock.monotonic();
    const held = epoch > Math.ceil(recipe.epochs * (1 - recipe.heldShare));
    const items = epochItems(
      train,
      spec.input,
      recipe.augmentation,
      RandomStream.of(recipe.seed, "epoch", epoch),
    );
    let sum = 0;
    let seen = 0;
    let rate = 0;
    for (let at = 0; at < items.length; at += recipe.batch) {
      options.signal?.throwIfAborted();
      const part = items.slice(at, at + recipe.batch);
      const { loss, gradients, statistics } = await gradientStep(
        tf,
        spec,
        weights,
        train,
        part,
        options.normalisation,
        adam.steps < recipe.firstLayerShare * allSteps ? [] : ["conv1"],
        held,
      );
      limit(gradients, steepest);
      if (!Number.isFinite(loss)) throw notFinite(epoch, lastFile, history.length);
      rate = learningRate(recipe.rate, adam.steps / allSteps);
      adam.step(weights, gradients, rate);
      const keep = Math.min(momentum, adam.steps / (adam.steps + 9));
      for (const [name, values] of statistics) blend(weights.get(name), values, keep);
      sum += loss * part.length;
      seen += part.length;
      if (clock.monotonic() - reported > reportEveryMs) {
        reported = clock.monotonic();
        const left = ((reported - begun) / (adam.steps - stepsBefore)) * (allSteps - adam.steps);
        say(
          `epoch ${epoch}/${recipe.epochs}, ${Math.round((100 * seen) / items.length)} %, loss ${(sum / seen).toFixed(4)}, ${duration(left)} left`,
        );
      }
    }
    const batches = held ? [] : statisticsOf(train, spec, recipe, epoch);
    if (batches.length > 0) await reestimate(tf, spec, weights, train, batches, options.normalisation);
    const predicted = await predict(tf, spec, weights, validation, options.normalisation);
    const { rmse } = agreement(predicted.scores, validation.ratings);
    if (!Number.isFinite(rmse)) throw notFinite(epoch, lastFile, history.length);
    const known = validation.trueRatings.filter((r) => r !== null);
    const trueRmse =
      known.length === predicted.scores.length ? agreement(predicted.scores, known).rmse : null;
    const seconds = (clock.monotonic() - epochBegun) / 1000;
    const record: EpochRecord = { epoch, loss: sum / seen, validationRmse: rmse, trueRmse, rate, seconds };
    history.push(record);
    const arrays = new Map(weights);
    for (const [name, values] of adam.first) arrays.set(`adam1/${name}`, values);
    for (const [name, values] of adam.second) arrays.set(`adam2/${name}`, values);
    const checkpoint = { recipe: hash, adamSteps: adam.steps, history, arrays };
    if (bestOf() === record) writeCheckpoint(bestFile, checkpoint);
    writeCheckpoint(lastFile, checkpoint);
    const truth = trueRmse === null ? "" : ` (${trueRmse.toFixed(4)} against the true rating)`;
    const left = (recipe.epochs - epoch) * seconds * 1000;
    say(
      `epoch ${epoch}/${recipe.epochs} done in ${seconds.toFixed(0)} s: loss ${record.loss.toFixed(4)}, validation RMSE ${rmse.toFixed(4)}${truth}, ${duration(left)} left`,
    );
  }
  const best = bestOf();
  const kept = readCheckpoint(bestFile);
  if (best === undefined || kept === null) throw new StedError("NO_EPOCH", "no epoch was trained");
  for (const name of weights.keys()) weights.set(name, kept.arrays.get(name) ?? new Float32Array());
  return { weights, history, best, stoppedEarly: history.length < recipe.epochs };
}

function blend(moving: Float32Array | undefined, fresh: Float32Array, keep: number): void {
  if (moving === undefined) return;
  for (let i = 0; i < moving.length; i++) {
    moving[i] = keep * (moving[i] as number) + (1 - keep) * (fresh[i] as number);
  }
}

function statisticsOf(train: FrameSet, spec: NetworkSpec, { seed, batch }: Recipe, epoch: number): Item[][] {
  const items = epochItems(train, spec.input, false, RandomStream.of(seed, "statistics", epoch));
  const count = Math.min(statisticsBatches, Math.floor(items.length / batch));
  return Array.from({ length: count }, (_, i) => items.slice(i * batch, (i + 1) * batch));
}

function takeOver(weights: Map<string, Float32Array>, start: Weights | undefined): void {
  for (const [name, values] of weights) {
    const given = start?.get(name);
    if (given !== undefined && given.length === values.length) weights.set(name, Float32Array.from(given));
  }
}

/** Scales the gradients so that their common length is at most `most`: one odd batch must not throw the network off. */
function limit(gradients: Weights, most: number): void {
  let squares = 0;
  for (const values of gradients.values()) for (const v of values) squares += v * v;
  const length = Math.sqrt(squares);
  if (!(length > most)) return;
  for (const values of gradients.values()) {
    for (let i = 0; i < values.length; i++) values[i] = ((values[i] as number) * most) / length;
  }
}

function restore(
  file: string,
  hash: string,
  weights: Map<string, Float32Array>,
  adam: Adam,
  history: EpochRecord[],
): void {
  const found = readCheckpoint(file);
  if (found === null) return;
  if (found.recipe !== hash) {
    throw new UsageError("RESUME_DIFFERS", "the checkpoint was made with other data or options", {
      where: file,
      hint: "give the same dataset, --arch, --pool-stride, --epochs and --seed, or train into another folder",
    });
  }
  for (const [name, values] of found.arrays) {
    const [kind, ...rest] = name.split("/");
    if (kind === "adam1") adam.first.set(rest.join("/"), values);
    else if (kind === "adam2") adam.second.set(rest.join("/"), values);
    else weights.set(name, values);
  }
  adam.steps = found.adamSteps;
  history.push(...found.history);
}

/** Everything that must be the same for a resume: network, recipe, normalisation, labels and their order. */
function recipeHash({ spec, recipe, normalisation, train, validation }: FitOptions): string {
  const data = [train, validation].map((s) => [s.ids, s.ratings, s.height, s.width]);
  return createHash("sha256")
    .update(JSON.stringify([spec, recipe, normalisation, data]))
    .digest("hex");
}

function notFinite(epoch: number, file: string, good: number): StedError {
  return new StedError("LOSS_NOT_FINITE", `the loss is no longer a number in epoch ${epoch}`, {
    hint:
      good > 0
        ? `epoch ${good} is kept in ${file}; look for frames that are not counts`
        : "look for frames that are not counts",
  });
}

/** "45 s", "12 min", "1 h 20 min" */
export function duration(ms: number): string {
  const s = Math.round(ms / 1000);
  if (s < 90) return `${s} s`;
  const minutes = Math.round(s / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
