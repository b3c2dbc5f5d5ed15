import { mkdirSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { type Dataset, InputError, readDataset, systemClock, timestamp } from "../core/index.js";
import { chooseNormalisation, type FrameSet } from "./batches.js";
import { type CardDraft, writeBundle } from "./bundle-writer.js";
import { conformalBins, countRange, coverage, featureDomain } from "./calibrate.js";
import { fitDomainProbe } from "./domain-probe.js";
import { loadFrames } from "./frame-set.js";
import { agreement } from "./metrics.js";
import { type Architecture, defaultChannels, networkSpec } from "./network.js";
import { type Beginning, startWeights } from "./start-weights.js";
import { predict } from "./step.js";
import { strangersOf } from "./strangers.js";
import { loadTf } from "./tensorflow.js";
import { mutable, rounded, sourceCommit, trainingFacts } from "./train-facts.js";
import type { TrainingTarget, TrainOptions, TrainResult } from "./train-options.js";
import { defaultRecipe, fitNetwork, type Recipe } from "./trainer.js";

const pixelSizeNm = 20;
const fullInput = 224;
/** At stride 1 a whole frame would need 195 million weights: crops of this size, a quarter of the channels. */
const strideOneInput = 56;
const leastTraining = 8;

/**
 * Trains a network on a dataset and writes a model bundle into `out` (checkpoints in `out/checkpoints`).
 * @throws InputError for a dataset that cannot be learnt from, and what `fitNetwork` throws
 */
export async function train(options: TrainOptions): Promise<TrainResult> {
  const { clock = systemClock, onProgress, arch = "cnn", poolStride = 2, seed = 1 } = options;
  const say = (line: string): void => onProgress?.(line);
  const begun = clock.monotonic();
  const dataset = readDataset(options.dataset);
  const [training, validation, test] = [
    withTarget(await loadFrames(dataset, pixelSizeNm, ["train"]), options.target, dataset.folder),
    await loadFrames(dataset, pixelSizeNm, ["validation"]),
    await loadFrames(dataset, pixelSizeNm, ["test"]),
  ];
  check(dataset, training, validation);
  const { tf, description, note } = await loadTf(options.backend);
  if (note !== undefined)
    say(
      `the native TensorFlow does not load (${note}): this is slower; \`stedloop setup tensorflow\` mends it`,
    );
  const side = inputSide(training, poolStride, dataset.folder);
  const channels =
    options.channels ?? (poolStride === 1 ? defaultChannels.map((c) => c / 4) : defaultChannels);
  const spec = networkSpec({ arch, poolStride, input: [side, side], channels });
  const start = options.start === undefined ? null : await startWeights(options.start);
  const recipe: Recipe = {
    ...defaultRecipe,
    seed,
    ...(options.epochs === undefined ? {} : { epochs: options.epochs }),
    ...(options.batch === undefined ? {} : { batch: options.batch }),
    ...(options.augmentation === undefined ? {} : { augmentation: options.augmentation }),
    ...(options.patience === undefined ? {} : { patience: options.patience }),
    ...afterStart(start, arch),
    ...(options.rate === undefined ? {} : { rate: options.rate }),
  };
  const normalisation = {
    ...(start?.normalisation ?? chooseNormalisation(training)),
    saturated: "clip" as const,
  };
  say(
    `${training.frames.length} frames to train on, ${validation.frames.length} to choose the epoch by; ${description}`,
  );
  const checkpoints = join(options.out, "checkpoints");
  mkdirSync(checkpoints, { recursive: true });
  writeFileSync(join(checkpoints, ".gitignore"), "*\n");
  const fitted = await fitNetwork({
    tf,
    spec,
    recipe,
    normalisation,
    train: training,
    validation,
    checkpoints,
    resume: options.resume === true,
    ...(start === null ? {} : { start: start.weights }),
    clock,
    ...(onProgress === undefined ? {} : { onProgress }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const see = (set: FrameSet) => predict(tf, spec, fitted.weights, set, normalisation);
  const onTraining = await see(training);
  const onValidation = await see(validation);
  const onTest = test.frames.length === 0 ? null : await see(test);
  const onStrangers = await see(strangersOf(training, seed));
  const features = featureDomain(onTraining.features, onValidation.features);
  const conformal = conformalBins(onValidation.scores, validation.ratings);
  const validated = agreement(onValidation.scores, validation.ratings);
  const tested = onTest === null ? null : agreement(onTest.scores, test.ratings);
  const truths = test.trueRatings.filter((r) => r !== null);
  const testedTrue =
    onTest === null || truths.length < test.ratings.length ? null : agreement(onTest.scores, truths);
  const seconds = Math.round((clock.monotonic() - begun) / 1000);
  const name = basename(resolve(options.out));
  const draft: CardDraft = {
    name,
    version: "1",
    ...(dataset.info.simulated ? { notice: simulatedNotice } : {}),
    architecture: arch,
    poolStride,
    input: { height: side, width: side, pixelSizeNm, unit: "photon counts" },
    normalisation,
    structures: dataset.info.structures,
    training: trainingFacts(options, dataset, recipe, fitted.best, {
      description,
      seconds,
      epochs: fitted.history.length,
      ...(start === null ? {} : { begunWith: start.origin }),
      sizes: [training, validation, test].map((s) => s.frames.length),
    }),
    metrics: {
      validation: rounded(validated),
      ...(tested === null || onTest === null
        ? {}
        : {
            test: rounded(tested),
            ...(testedTrue === null ? {} : { testAgainstTrueRating: rounded(testedTrue) }),
            testCoverage: Number(coverage(conformal, onTest.scores, test.ratings).toFixed(3)),
          }),
      command: `stedloop evaluate ${options.dataset} --model ${options.out} --json`,
    },
    conformal: { ...conformal, edges: [...conformal.edges], quantiles: [...conformal.quantiles] },
    domain: {
      features: mutable(features),
      probe: fitDomainProbe(features, onTraining.features, onStrangers.features, onValidation.features),
      counts: { foregroundMean: countRange(training) },
      pixelSizeNm: [15, 30],
    },
    licence: "MIT",
    created: timestamp(clock),
    sourceCommit: sourceCommit(),
  };
  writeBundle(options.out, spec, fitted.weights, draft);
  return {
    out: options.out,
    name,
    epochs: fitted.history.length,
    bestEpoch: fitted.best.epoch,
    stoppedEarly: fitted.stoppedEarly,
    seconds,
    backend: description,
    validation: validated,
    test: tested,
    testTrue: testedTrue,
  };
}

/**
 * How a training differs that begins with trained weights: the first convolution stays. Within one architecture the
 * statistics fit from the first step on and the steps are small; the deep layers of another one learn anew.
 */
function afterStart(start: Beginning | null, arch: Architecture): Partial<Recipe> {
  if (start === null) return {};
  if (start.architecture !== arch) return { firstLayerShare: 0 };
  return { firstLayerShare: 0, heldShare: 1, rate: defaultRecipe.rate / 3 };
}

const simulatedNotice =
  "Trained on simulated frames with the simulator's proxy-v2 rating, not on ratings by people: rate your own frames and train on them for real use.";

/** @throws InputError for a set without true ratings that are to be learnt */
function withTarget(set: FrameSet, target: TrainingTarget = "rating", where: string): FrameSet {
  if (target === "rating") return set;
  const ratings = set.trueRatings.filter((rating) => rating !== null);
  if (ratings.length < set.ratings.length) {
    throw new InputError("NO_TRUE_RATING", "holds frames without a true rating", {
      where,
      hint: "only simulated sets know it: learn the raters' mean instead",
    });
  }
  return { ...set, ratings };
}

function check(dataset: Dataset, training: FrameSet, validation: FrameSet): void {
  const where = dataset.folder;
  if (training.frames.length < leastTraining) {
    throw new InputError(
      "TOO_FEW_FRAMES",
      `${training.frames.length} frames to train on, ${leastTraining} are the least`,
      { where },
    );
  }
  if (validation.frames.length === 0) {
    throw new InputError("TOO_FEW_FRAMES", "no frame in the validation split", {
      where,
      hint: "keep a tenth of the frames for it",
    });
  }
  if (new Set(training.ratings).size === 1) {
    throw new InputError("ONE_RATING", `every training frame has the rating ${training.ratings[0]}`, {
      where,
      hint: "a network learns nothing from that",
    });
  }
}

/** Side of the network's square input for these frames. */
function inputSide(set: FrameSet, poolStride: 1 | 2, where: string): number {
  if (poolStride === 1) return strideOneInput;
  const least = Math.min(set.height, set.width, fullInput);
  const side = least - (least % 32);
  if (side < 64)
    throw new InputError(
      "FRAME_SIZE",
      `frames of ${set.height} x ${set.width} pixels are too small to train on`,
      { where },
    );
  return side;
}
