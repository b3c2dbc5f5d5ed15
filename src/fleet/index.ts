export {
  type ModelServerOptions,
  type RunningModelServer,
  type ServedModel,
  serveModels,
} from "./serve-model.js";
