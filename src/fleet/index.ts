export { FleetLink, type FleetTarget } from "./connection.js";
export { FleetScorer, type FleetScorerOptions } from "./fleet-scorer.js";
export { type FleetHealth, fleetHealth } from "./health.js";
export { fleetObservations } from "./knowledge.js";
export { checkName, modelKey, namePattern } from "./names.js";
export { Reporter, type ReporterOptions } from "./reporter.js";
export {
  type ModelServerOptions,
  type RunningModelServer,
  type ServedModel,
  serveModels,
} from "./serve-model.js";
export { FleetViewer } from "./viewer.js";
export { type RunningWorker, startWorker, type WorkerModel, type WorkerOptions } from "./worker.js";
