export { lightRulesOf } from "./check-safety.js";
export { fleetSchema } from "./fleet-schema.js";
export { loadConfig, type ResolvedConfig, safetyHash, stableHash } from "./load.js";
export { type Limits, type SafetyFile, safetyFileSchema } from "./safety-schema.js";
export {
  type Config,
  configSchema,
  defaultLimits,
  isObserveOnly,
  type RigConfig,
  remoteSchema,
} from "./schema.js";
export { realismSchema, sampleSchema } from "./simulated-rig.js";
export { checkYaml, readYaml, yamlLine } from "./yaml-file.js";
