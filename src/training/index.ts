export {
  type Dataset,
  type DatasetInfo,
  framePath,
  type Label,
  readDataset,
  type Split,
  writeDataset,
} from "./dataset.js";
export { type SimulateDatasetOptions, type SimulatedDataset, simulateDataset } from "./simulate-dataset.js";
