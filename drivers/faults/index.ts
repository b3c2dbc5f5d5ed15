export type { FaultEntry, Trigger } from "./entry.js";
export { parseFaultScript, readFaultScript } from "./script.js";
