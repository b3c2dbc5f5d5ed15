export { approve, approveLight } from "./approve.js";
export { type Envelope, type Limit, makeEnvelope, violation } from "./envelope.js";
export { LeaseKeeper, leaseVerdict, type Stage, type Verdict } from "./lease.js";
