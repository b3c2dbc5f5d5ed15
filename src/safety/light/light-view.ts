import { SafetyTrip } from "../../core/index.js";
import { type LightMachine, type LightRefusal, type LightStage, shownOn } from "./light-state.js";
import type { DeviceStatus } from "./supervised-device.js";

/** What is shown of a source. `on` includes "not known". */
export interface LightView {
  readonly name: string;
  readonly stage: LightStage;
  readonly on: boolean;
  /** Read back. */
  readonly confirmed: boolean;
  readonly powerMw: number;
  readonly setPointMw: number | null;
  /** Why it may not be armed; null = it may. */
  readonly latch: string | null;
  /** Ready to emit; null = it does not say. */
  readonly warm: boolean | null;
  readonly faults: readonly { readonly code: string; readonly message: string }[];
}

export function viewOf(name: string, machine: LightMachine, last: DeviceStatus | null): LightView {
  const { stage, lit, latch, darkening } = machine;
  return {
    name,
    stage,
    on: shownOn(machine),
    confirmed: lit !== null && !darkening,
    powerMw: lit === false ? 0 : (last?.powerMw ?? last?.setPointMw ?? 0),
    setPointMw: last?.setPointMw ?? null,
    latch,
    warm: last?.warm ?? null,
    faults: last?.faults ?? [],
  };
}

const hints: Readonly<Record<LightRefusal, string>> = {
  OUTSIDE_ENVELOPE: "choose a value inside its limits",
  INTERLOCK: "close the interlock",
  KEY: "turn the key on",
  LEASE: "the loop does not stand behind this light",
  LATCHED: "look at it, then press resume",
  LOST: "check its power and cable",
  NOT_READY: "arm it first",
};

/** Why a source may make no light, and what to do. */
export function refusalOf(name: string, code: LightRefusal, latch: string | null): SafetyTrip {
  const why = code === "LATCHED" ? `: ${latch ?? "it has a fault"}` : "";
  return new SafetyTrip(code, `${name} may not make light (${code.toLowerCase()}${why})`, {
    hint: hints[code],
  });
}
