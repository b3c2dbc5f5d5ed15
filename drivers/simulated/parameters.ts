/** The knobs of the simulated rig and the check of a step's settings against them. */
import { type ParameterSpec, ProtocolError, type Settings } from "../../src/core/index.js";

/** Physical ranges (specification §1.1). */
export const parameters: readonly ParameterSpec[] = [
  {
    name: "depletionPowerMw",
    label: "Depletion power",
    unit: "mW",
    min: 0,
    max: 350,
    step: 0.1,
    scale: "linear",
  },
  {
    name: "excitationPowerUw",
    label: "Excitation power",
    unit: "µW",
    min: 0,
    max: 20,
    step: 0.01,
    scale: "linear",
  },
  { name: "dwellTimeUs", label: "Dwell time", unit: "µs", min: 1, max: 100, step: 0.1, scale: "log" },
  {
    name: "lineRepeats",
    label: "Line repeats",
    unit: "1",
    min: 1,
    max: 10,
    step: 1,
    integer: true,
    scale: "linear",
    default: 1,
  },
];

/** @throws ProtocolError BAD_PARAMS or OUT_OF_RANGE naming the parameter; never clamps */
export function checkSettings(settings: Settings): void {
  for (const [name, value] of Object.entries(settings)) {
    const spec = parameters.find((p) => p.name === name);
    if (spec === undefined) {
      throw new ProtocolError("BAD_PARAMS", `settings.${name}: no such parameter`, {
        where: name,
        hint: `one of ${parameters.map((p) => p.name).join(", ")}`,
      });
    }
    if (!Number.isFinite(value) || (spec.integer === true && !Number.isInteger(value))) {
      throw new ProtocolError("BAD_PARAMS", `settings.${name}: ${value} is not a usable number`, {
        where: name,
      });
    }
    if (value < spec.min || value > spec.max) {
      throw new ProtocolError(
        "OUT_OF_RANGE",
        `settings.${name}: ${value} ${spec.unit} is outside ${spec.min}..${spec.max}`,
        {
          where: name,
        },
      );
    }
  }
  for (const name of ["excitationPowerUw", "dwellTimeUs"]) {
    if (settings[name] === undefined) {
      throw new ProtocolError("BAD_PARAMS", `settings.${name}: missing`, { where: name });
    }
  }
}
