/** `rig: {kind: composite, …}` of the configuration, as src/config checks it. */
export type Role = "depletion" | "excitation" | "aotf";
export type BeamName = "depletion" | "excitation";

export interface LightSpec {
  readonly name: string;
  /** Kind of serial device. */
  readonly device: string;
  readonly port?: string | undefined;
  readonly serialNumber?: string | undefined;
  readonly baudRate?: number | undefined;
  readonly channel?: number | undefined;
  readonly acceptFirmware?: string | undefined;
  /** `aotf`: whatever lets a beam through or not, a shutter too. */
  readonly role: Role;
  /** Which beam an aotf gates. */
  readonly gates?: BeamName | undefined;
  /** CSV `set,mWAtSample`: this source carries the power of its beam. */
  readonly calibration?: string | undefined;
  /** Set-point of a laser whose beam another source regulates, mW at the device. */
  readonly powerMw?: number | undefined;
  /** Time that its light takes to settle after a change, ms. */
  readonly settleMs?: number | undefined;
}
export interface CompositeConfig {
  readonly scanner: {
    readonly commands: string;
    readonly events?: string | undefined;
    readonly curve?: { readonly serverKey: string; readonly keys: string } | undefined;
  };
  readonly light: readonly LightSpec[];
  /** Days after which a calibration is called stale. */
  readonly calibrationDays: number;
}

/** The setting that drives a beam, and how many of its units a mW at the sample is. */
export const settingOf: Readonly<
  Record<
    BeamName,
    { readonly setting: string; readonly perMw: number; readonly unit: string; readonly label: string }
  >
> = {
  depletion: { setting: "depletionPowerMw", perMw: 1, unit: "mW", label: "Depletion power at the sample" },
  excitation: {
    setting: "excitationPowerUw",
    perMw: 1000,
    unit: "µW",
    label: "Excitation power at the sample",
  },
};

/** The beam that a source belongs to. An aotf that does not say: a beam with no source of its own, else excitation. */
export function beamOf(spec: LightSpec, all: readonly LightSpec[]): BeamName {
  if (spec.role !== "aotf") return spec.role;
  if (spec.gates !== undefined) return spec.gates;
  const uncalibrated = all.some((s) => s.role === "depletion" && s.calibration === undefined);
  return uncalibrated ? "depletion" : "excitation";
}
