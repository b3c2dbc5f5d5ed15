import type { Clock, StedError } from "../../src/core/index.js";
import type { RigFault, RigInfo, RigState } from "../contract.js";
import type { Beam } from "./beam.js";
import type { Source } from "./source.js";

/** How long lasers wait for the gates to close first; a gate that sticks must not hold them up. */
const gatesFirstMs = 300;

/** A step's conversation with its devices at worst: set-points confirmed, emission delays of up to 5 s, read-back. */
const deviceMs = 15_000;

/** Everything off, gates before lasers, each by itself. Resolves when all are confirmed dark; lost ones are waited for or left. */
export async function darkenAll(
  sources: readonly Source[],
  clock: Clock,
  reason: string,
  lost: "wait" | "leave",
): Promise<void> {
  const off = (source: Source): Promise<void> =>
    lost === "leave" ? source.offOrLost(reason) : (source.light?.off(reason) ?? Promise.resolve());
  const gates = Promise.all(sources.filter((s) => s.isGate).map(off));
  const patience = new AbortController();
  await Promise.race([gates, clock.sleep(gatesFirstMs, patience.signal)]);
  patience.abort();
  await Promise.all([gates, ...sources.filter((s) => !s.isGate).map(off)]);
}

/** The scanner's description with our beams' parameters in the place of its own. */
export function joined(scanned: RigInfo, beams: readonly Beam[]): RigInfo {
  const { capabilities } = scanned;
  const own = beams.map((beam) => {
    const theirs = capabilities.parameters.find((p) => p.name === beam.setting);
    const spec = beam.spec(theirs?.scale ?? "linear");
    // A scanner that knows the setting too (it records or simulates it) must be able to take it.
    return theirs === undefined
      ? spec
      : { ...spec, min: Math.max(spec.min, theirs.min), max: Math.min(spec.max, theirs.max) };
  });
  const names = own.map((p) => p.name);
  const limits = Object.fromEntries(
    Object.entries(capabilities.limits).filter(([name]) => !names.includes(name)),
  );
  return {
    ...scanned,
    capabilities: {
      ...capabilities,
      parameters: [...capabilities.parameters.filter((p) => !names.includes(p.name)), ...own],
      limits,
      ownLight: true,
      overheadMs: deviceMs + Math.max(0, ...beams.map((beam) => beam.rampMs)),
    },
  };
}

/** A warning for each table that is old or does not say how old it is. */
export function staleness(sources: readonly Source[], now: number, days: number): RigFault[] {
  return sources.flatMap(({ name, calibration }) => {
    if (calibration === null) return [];
    const age = calibration.ageDays(now);
    if (age !== null && age <= days) return [];
    const message =
      age === null
        ? "its calibration does not say when it was measured"
        : `its calibration is ${Math.floor(age)} days old (more than ${days}): measure again`;
    return [{ code: "CALIBRATION_STALE", message, source: name }];
  });
}

/** State of the whole: a source that is not there, or that a person must look at, is a fault of the rig. */
export function stateOf(scanner: RigState, acquiring: boolean, sources: readonly Source[]): RigState {
  if (scanner === "safe") return "safe";
  if (acquiring) return "acquiring";
  return sources.some((s) => s.light === null || s.light.view().latch !== null) ? "fault" : scanner;
}

/** Why a run may not go on with these sources; the first of them. */
export function troubleOf(sources: readonly Source[]): StedError | null {
  return sources.map((s) => s.trouble()).find((t) => t !== null) ?? null;
}

/** Tells each fault once. @returns what has been told and still stands */
export function newFaults(
  sources: readonly Source[],
  told: ReadonlySet<string>,
  tell: (fault: RigFault) => void,
): ReadonlySet<string> {
  const faults = sources.flatMap((s) => s.faults());
  const key = (f: RigFault): string => `${f.source} ${f.code} ${f.message}`;
  for (const fault of faults) if (!told.has(key(fault))) tell(fault);
  return new Set(faults.map(key));
}

/** A person has looked: every source that is well again may make light. @throws the first that is not */
export function resetAll(sources: readonly Source[]): void {
  const refusals = sources.flatMap((source) => {
    try {
      source.light?.reset();
      return [];
    } catch (thrown) {
      return [thrown];
    }
  });
  if (refusals.length > 0) throw refusals[0];
}
