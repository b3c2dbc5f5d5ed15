import { ProtocolError, SafetyTrip } from "../core/index.js";
import type { StepRecord } from "../journal/index.js";
import type { SpentDose } from "../safety/index.js";

/** Regions are unique within a start of the rig. */
export function placeKey(rigStart: string, region: string | null): string {
  return `${rigStart}/${region ?? "-"}`;
}

/** Codes by which a rig says no before it gives any light (rig-protocol.md, order of refusal). */
const beforeLight: ReadonlySet<string> = new Set([
  "UNSUPPORTED_VERSION",
  "EXPIRED",
  "UNKNOWN_METHOD",
  "BUSY",
  "SAFE_STATE",
  "BAD_PARAMS",
  "OUT_OF_RANGE",
]);

/** Was this request refused before any light? Everything else counts in full. */
export function refusedInTheDark(thrown: unknown): boolean {
  return thrown instanceof SafetyTrip || (thrown instanceof ProtocolError && beforeLight.has(thrown.code));
}

/**
 * Light already given, from a journal alone. What was begun and not finished counts in full; a field that was skipped
 * after the first look has had that look.
 */
export function spentDose(records: readonly StepRecord[]): SpentDose {
  const byRegion: Record<string, number> = {};
  let runJPerCm2 = 0;
  for (const { intent, result, state, reason } of records) {
    const planned = intent.plannedDoseJPerCm2 ?? 0;
    const skipped = state === "failed" && reason?.startsWith("skipped:") === true;
    const dose = result?.doseJPerCm2 ?? (skipped ? (intent.lookDoseJPerCm2 ?? planned) : planned);
    const key = placeKey(intent.rigStart, intent.region?.id ?? null);
    byRegion[key] = (byRegion[key] ?? 0) + dose;
    runJPerCm2 += dose;
  }
  return { runJPerCm2, byRegion };
}
