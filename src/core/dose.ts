import { pixelTimeUs, type Settings } from "./settings.js";

/** Over which area a beam's power is spread: power divided by the intensity at its brightest place, µm². */
export interface BeamAreas {
  readonly depletionAreaUm2: number;
  readonly excitationAreaUm2: number;
}

/**
 * Where the configuration gives none: the beams of the simulated microscope (NA 1.4 oil, 750 nm doughnut, 635 nm
 * excitation; vectorial Debye integrals), power over crest intensity. test/safety/dose.test.ts recomputes both.
 */
export const defaultBeamAreas: BeamAreas = { depletionAreaUm2: 0.37, excitationAreaUm2: 0.079 };

/** Energy over area: P [mW] · t [µs] / A [µm²], in J/cm². 1 mW µs = 1e-9 J, 1 µm² = 1e-8 cm². */
export function fluenceJPerCm2(powerMw: number, timeUs: number, areaUm2: number): number {
  return (0.1 * powerMw * timeUs) / areaUm2;
}

/**
 * Light dose of one pixel by one frame, J/cm²: (depletion power / its area + excitation power / its area) × dwell ×
 * line repeats. A confocal frame has no depletion light. Null where the settings have no dwell time: such a rig's dose
 * cannot be told.
 */
export function frameDoseJPerCm2(
  settings: Settings,
  kind: "confocal" | "sted",
  beam: BeamAreas,
): number | null {
  const time = pixelTimeUs(settings);
  if (time === null) return null;
  const depletionMw = kind === "confocal" ? 0 : (settings.depletionPowerMw ?? 0);
  const excitationMw = (settings.excitationPowerUw ?? 0) * 1e-3;
  return (
    fluenceJPerCm2(depletionMw, time, beam.depletionAreaUm2) +
    fluenceJPerCm2(excitationMw, time, beam.excitationAreaUm2)
  );
}
