export { advise } from "./advise.js";
export { Advisor } from "./advisor.js";
export type { AskOptions, AskResult, Predicted, TellOptions } from "./asking.js";
export { parseForeignSpace } from "./border.js";
export { type Utility, utilityOf } from "./composite.js";
export { createOptimiser, Optimiser } from "./optimiser.js";
export type { Outlook } from "./outlook.js";
export {
  type Limits,
  type OptimiserSpace,
  parseSpace,
  type SpaceObjective,
  type SpaceParts,
  type StrategyName,
  spaceFrom,
  strategyNames,
} from "./space.js";
export type { OptimiserState } from "./state.js";
export { type StdioOptions, serveStdio } from "./stdio.js";
export { bestStep, hypervolumeShare } from "./summary.js";
export { OptimiserWorker } from "./worker-client.js";
