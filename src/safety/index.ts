export {
  approve,
  approvedStep,
  approveLight,
  requestDose,
  type SourceLimit,
  type SourceLimits,
} from "./approve.js";
export { DoseAccount, nothingSpent, type SpentDose } from "./dose-account.js";
export {
  type ConfiguredLimits,
  type DoseLimits,
  type Envelope,
  type Limit,
  makeEnvelope,
  violation,
} from "./envelope.js";
export { LeaseKeeper, leaseVerdict, type Stage, type Verdict } from "./lease.js";
export { type LightMachine, type LightStage, nextLight, shownOn, unknownLight } from "./light/light-state.js";
export type { LightView } from "./light/light-view.js";
export type { DeviceStatus, SupervisedDevice } from "./light/supervised-device.js";
export { LightSupervisor } from "./light/supervisor.js";
export { EnvelopeKeeper, longestMaintenanceMinutes, type Maintenance } from "./maintenance.js";
export { lightsOf, type PacedLight, type PacedSource, Pacing } from "./pacing.js";
