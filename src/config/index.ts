export { loadConfig, type ResolvedConfig, stableHash } from "./load.js";
export {
  type Config,
  configSchema,
  defaultLimits,
  type Limits,
  type RigConfig,
  remoteSchema,
  safetyFileSchema,
} from "./schema.js";
export { checkYaml, readYaml } from "./yaml-file.js";
