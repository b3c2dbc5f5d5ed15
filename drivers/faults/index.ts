export { type FaultEntry, parseFaultScript, readFaultScript, type Trigger } from "./script.js";
