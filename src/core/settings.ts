import { z } from "zod";

/** Named numbers, the unit in the name: `depletionPowerMw`, `excitationPowerUw`, `dwellTimeUs`, `lineRepeats`… */
export type Settings = Readonly<Record<string, number>>;

export const settingsSchema = z.record(z.string().min(1), z.number().finite());

/** One knob of a rig: its physical range and how it is drawn and searched. */
export const parameterSpecSchema = z.object({
  name: z.string().min(1),
  label: z.string(),
  unit: z.string(),
  min: z.number().finite(),
  max: z.number().finite(),
  step: z.number().positive().optional(),
  integer: z.boolean().optional(),
  scale: z.enum(["linear", "log"]).default("linear"),
  default: z.number().finite().optional(),
});
export type ParameterSpec = Readonly<z.infer<typeof parameterSpecSchema>>;

/** The field's own names for our settings; powers in the unit that our name states. */
export const settingAliases: Readonly<Record<string, string>> = {
  p_sted: "depletionPowerMw",
  "STED/Power": "depletionPowerMw",
  p_ex: "excitationPowerUw",
  "Exc/Power": "excitationPowerUw",
  pdt: "dwellTimeUs",
  Dwelltime: "dwellTimeUs",
};

/** The settings of a scan that everything in the loop knows by name. */
export interface ScanSettings {
  readonly depletionPowerMw: number;
  readonly excitationPowerUw: number;
  readonly dwellTimeUs: number;
  readonly lineRepeats: number;
}

/** Pixel time in µs: dwell time × line repeats (repeats default to 1). Null without a dwell time. */
export function pixelTimeUs(settings: Settings): number | null {
  const dwell = settings.dwellTimeUs;
  return dwell === undefined ? null : dwell * (settings.lineRepeats ?? 1);
}

/** Depletion dose of one pixel in µJ: P [mW] · t [µs] · lines · 1e-3. Null where the rig has no such knobs. */
export function doseUj(settings: Settings): number | null {
  const time = pixelTimeUs(settings);
  const power = settings.depletionPowerMw;
  return time === null || power === undefined ? null : power * time * 1e-3;
}
