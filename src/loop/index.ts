export * from "./contract.js";
export { reasonToSkip } from "./field-gate.js";
export type { ScorerPort } from "./frame-desk.js";
export type { LoopConfig, OptimiserPort, SessionParts } from "./parts.js";
export { type Replay, replayRun } from "./replay.js";
export { type Restored, restoreOptimiser, whereItStands } from "./restore.js";
export { hasEnded } from "./run-state.js";
export { Session } from "./session.js";
