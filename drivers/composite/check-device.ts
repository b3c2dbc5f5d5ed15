import { ConnectError } from "../../src/core/index.js";
import type { LightSource, LightStatus } from "../contract.js";
import { firmwareCode } from "../serial/index.js";
import type { Calibration } from "./calibration.js";
import type { LightSpec } from "./spec.js";

/**
 * Limits and tables that the device itself does not allow. @param most `sources.NAME.maxMw`, where there is one
 * @throws ConnectError LIMITS
 */
export function checkDevice(
  device: LightSource,
  spec: LightSpec,
  calibration: Calibration | null,
  most: number | undefined,
): void {
  const { minMw, maxMw } = device.limits();
  const own = `the device's own ${minMw} … ${maxMw} mW`;
  const wrong = (what: string, hint: string): never => {
    throw new ConnectError("LIMITS", what, { hint });
  };
  if (most !== undefined && maxMw > 0 && most > maxMw) {
    wrong(`sources.${spec.name}.maxMw is ${most} mW, above ${own}`, "lower it in the safety file");
  }
  const table = calibration?.setRange;
  if (table !== undefined && table.max > maxMw) {
    wrong(
      `its calibration goes up to a set-point of ${table.max} mW, above ${own}`,
      "is it this device's table?",
    );
  }
  const fixed = spec.powerMw;
  if (fixed !== undefined && (fixed < minMw || fixed > maxMw))
    wrong(`powerMw ${fixed} is outside ${own}`, "change it");
}

/** A firmware that the driver does not know and nobody has accepted by name. @throws ConnectError FIRMWARE */
export function checkFirmware(status: LightStatus | null): void {
  const strange = status?.faults.find((f) => f.code === firmwareCode);
  if (strange !== undefined) {
    throw new ConnectError("FIRMWARE", strange.message, {
      hint: "try it by hand first: `stedloop device KIND PORT status --trace`",
    });
  }
}
