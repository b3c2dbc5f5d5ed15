export { updateCard } from "./bundle-writer.js";
export {
  type Dataset,
  type DatasetInfo,
  framePath,
  type Label,
  readDataset,
  type Split,
  writeDataset,
} from "./dataset.js";
export { type EvaluateOptions, type Evaluation, evaluate } from "./evaluate.js";
export { type ImportTorchOptions, type ImportTorchResult, importTorch } from "./import-torch.js";
export { agreement, auroc, spearman } from "./metrics.js";
export { networkSpec, networkTable, printTable } from "./network.js";
export { type RecalibrateOptions, type Recalibration, recalibrate } from "./recalibrate.js";
export { type SetupOptions, type SetupReport, setupTensorflow } from "./setup-tensorflow.js";
export { type SimulateDatasetOptions, type SimulatedDataset, simulateDataset } from "./simulate-dataset.js";
export { loadTf, type TrainingBackend, trainingBackends } from "./tensorflow.js";
export { train } from "./train.js";
export type { TrainOptions, TrainResult } from "./train-options.js";
