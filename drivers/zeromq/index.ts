export type { ZeromqRigOptions } from "./client/rig-info.js";
export { ZeromqRig } from "./client/zeromq-rig.js";
export { openZeromq } from "./open.js";
export { type RunningRigServer, type ServeRigOptions, serveRig } from "./server/serve.js";
