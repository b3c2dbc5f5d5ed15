export * from "./approved.js";
export * from "./clock.js";
export { toCounts } from "./counts.js";
export { formatCsv, parseCsv } from "./csv.js";
export {
  type Dataset,
  type DatasetInfo,
  datasetHash,
  datasetSchema,
  framePath,
  type Label,
  replaceFile,
  type Split,
  splits,
  writeDataset,
} from "./dataset.js";
export { readDataset, readLooseDataset } from "./dataset-read.js";

export * from "./dose.js";
export * from "./errors.js";
export { powerOfTwo, realFft2, type Spectrum } from "./fft.js";
export * from "./fleet.js";
export * from "./frame.js";
export { escapeXml, type HtmlRow, htmlTable } from "./html.js";
export * from "./image.js";
export * from "./image-file.js";
export { inert } from "./inert.js";
export * from "./light-rules.js";
export { addressOf, listen, patience } from "./listen.js";
export * from "./log.js";
export { decodeNpy, isNpy, type NpyArray } from "./npy.js";
export { isObf } from "./obf.js";
export * from "./observation.js";
export { poissonCount } from "./poisson.js";
export * from "./random.js";
export * from "./registry.js";
export { type Resampled, resample } from "./resample.js";
export * from "./rpc.js";
export * from "./rpc-process.js";
export * from "./rpc-thread.js";
export * from "./score.js";
export * from "./seed.js";
export * from "./settings.js";
export { encodeTiff, isTiff, type TiffImage } from "./tiff.js";
