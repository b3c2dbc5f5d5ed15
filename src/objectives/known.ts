import { doseUj as dose, pixelTimeUs as pixelTime } from "../core/index.js";
import type { ObjectiveDefinition } from "./contract.js";

/** Time spent on a pixel, µs: dwell × line repeats. An exact function of the settings. */
export const pixelTimeUs: ObjectiveDefinition = {
  name: "pixelTimeUs",
  label: "Pixel time",
  unit: "µs",
  direction: "minimise",
  needs: ["settings"],
  ideal: "least",
  worstAcceptable: 100,
  known: { product: ["dwellTimeUs", "lineRepeats"] },
  evaluate({ settings }) {
    const value = pixelTime(settings);
    return value === null
      ? { value, unit: "µs", reason: "the settings have no dwellTimeUs" }
      : { value, unit: "µs" };
  },
};

/** Depletion dose of a pixel, µJ: depletion power × dwell × line repeats. An exact function of the settings. */
export const doseUj: ObjectiveDefinition = {
  name: "doseUj",
  label: "Depletion dose",
  unit: "µJ",
  direction: "minimise",
  needs: ["settings"],
  ideal: "least",
  worstAcceptable: 20,
  known: { product: ["depletionPowerMw", "dwellTimeUs", "lineRepeats"], factor: 1e-3 },
  evaluate({ settings }) {
    const value = dose(settings);
    const reason = "the settings have no depletionPowerMw or dwellTimeUs";
    return value === null ? { value, unit: "µJ", reason } : { value, unit: "µJ" };
  },
};
