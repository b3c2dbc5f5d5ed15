export { updateCard } from "./bundle-writer.js";
export { type EvaluatedFrame, type EvaluateOptions, type Evaluation, evaluate } from "./evaluate.js";
export { type EvaluationReport, evaluationHtml } from "./evaluation-report.js";
export { loadFrames } from "./frame-set.js";
export { trainingHistory } from "./history.js";
export { type ImportTorchOptions, type ImportTorchResult, importTorch } from "./import-torch.js";
export { agreement, auroc, spearman } from "./metrics.js";
export { defaultChannels, networkSpec, networkTable, printTable } from "./network.js";
export { type RecalibrateOptions, type Recalibration, recalibrate } from "./recalibrate.js";
export { type SetupCudaOptions, type SetupCudaReport, setupOnnxCuda } from "./setup-onnx-cuda.js";
export { type SetupOptions, type SetupReport, setupTensorflow } from "./setup-tensorflow.js";
export { type SetupWebGpuReport, setupWebGpu } from "./setup-webgpu.js";
export { type SimulateDatasetOptions, type SimulatedDataset, simulateDataset } from "./simulate-dataset.js";
export { loadTf, type TrainingBackend, trainingBackends } from "./tensorflow.js";
export { train } from "./train.js";
export {
  type TrainingTarget,
  type TrainOptions,
  type TrainResult,
  trainingTargets,
} from "./train-options.js";
