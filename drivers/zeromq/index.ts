export { type CheckRigOptions, type CheckRigReport, checkNames, checkRig } from "./check/check-rig.js";
export type { CheckResult } from "./check/verdict.js";
export type { ZeromqRigOptions } from "./client/rig-info.js";
export { ZeromqRig } from "./client/zeromq-rig.js";
export { newKeys } from "./keys.js";
export { openZeromq } from "./open.js";
export type { Denied } from "./server/guard.js";
export { type RunningRigServer, type ServeRigOptions, serveRig } from "./server/serve.js";
