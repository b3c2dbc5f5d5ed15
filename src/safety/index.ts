export { approve, approveLight, requestDose, type SourceLimit, type SourceLimits } from "./approve.js";
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
export { EnvelopeKeeper, longestMaintenanceMinutes, type Maintenance } from "./maintenance.js";
export { lightsOf, type PacedLight, type PacedSource, Pacing } from "./pacing.js";
