import type { Mode, SessionState } from "../../src/loop/index.js";

/** Where a fake session begins: the default run on the simulated rig, before its first step. */
export function fakeStart(mode: Mode): SessionState {
  return {
    seq: 0,
    run: "20260105-090000-fake",
    state: "running",
    stage: "starting",
    mode,
    step: 0,
    budget: {
      steps: 40,
      minutes: null,
      minutesUsed: 0,
      doseUj: 0,
      doseJPerCm2: 0,
      doseLimitJPerCm2: null,
      regionJPerCm2: 0,
      regionLimitJPerCm2: null,
    },
    rig: {
      name: "Simulated STED rig",
      state: "idle",
      light: [
        { name: "excitation 640", kind: "excitation", on: false, powerMw: 0, confirmed: true },
        { name: "depletion 775", kind: "depletion", on: false, powerMw: 0, confirmed: true },
      ],
      faults: [],
      region: { id: "r1", xUm: 0, yUm: 0, widthPx: 224, heightPx: 224, pixelSizeNm: 20 },
      concurrent: true,
    },
    current: null,
    proposal: null,
    last: null,
    holder: null,
    parameters: [
      { name: "depletionPowerMw", label: "Depletion power", unit: "mW", min: 0, max: 250, scale: "linear" },
      { name: "excitationPowerUw", label: "Excitation power", unit: "µW", min: 1, max: 15, scale: "linear" },
      { name: "dwellTimeUs", label: "Pixel dwell time", unit: "µs", min: 2, max: 50, scale: "log" },
    ],
    objectives: [
      {
        name: "quality",
        label: "Quality",
        unit: "1",
        direction: "maximise",
        ideal: 1,
        worstAcceptable: 0.2,
        weight: 0.5,
      },
      {
        name: "bleaching",
        label: "Bleaching",
        unit: "1",
        direction: "minimise",
        ideal: 0,
        worstAcceptable: 0.8,
        weight: 0.35,
      },
      {
        name: "pixelTimeUs",
        label: "Pixel time",
        unit: "µs",
        direction: "minimise",
        ideal: 2,
        worstAcceptable: 60,
        weight: 0.15,
        known: { product: ["dwellTimeUs", "lineRepeats"] },
      },
    ],
    model: {
      name: "actin",
      engine: "onnx-cpu",
      notice: "Provisional model, trained on simulated frames only.",
    },
    alert: null,
    skipped: 0,
    outlook: null,
    learnt: null,
    maintenance: null,
    at: "2026-01-05T09:00:00.000Z",
  };
}
