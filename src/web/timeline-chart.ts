import uPlot from "uplot";
import type { ParameterSpec } from "../core/settings.js";
import type { StepSummary } from "../loop/contract.js";
import { share } from "./format.js";

/** One colour a setting, told apart with the common colour-vision deficiencies by lightness too. */
export const settingColours = ["#f0b454", "#7fcf9a", "#d79bf0", "#ff8f7f", "#c9ced6", "#8aa4ff"] as const;

/** Columns for uPlot: step, score, upper, lower, then each setting's place between its limits; gaps where one is missing. */
export function timelineData(
  steps: readonly StepSummary[],
  parameters: readonly ParameterSpec[],
): uPlot.AlignedData {
  return [
    steps.map((s) => s.step),
    steps.map((s) => s.score?.score ?? null),
    steps.map((s) => s.score?.upper ?? null),
    steps.map((s) => s.score?.lower ?? null),
    ...parameters.map((p) =>
      steps.map((s) => {
        const value = s.settings[p.name];
        return value === undefined ? null : share(p, value);
      }),
    ),
  ];
}

const grid = { stroke: "#232a34", width: 1 };
const axis = { stroke: "#a3adbb", font: "13px system-ui, sans-serif", grid, ticks: { show: false } };

/** @param onOver index of the step under the pointer; null when there is none */
export function chartOptions(
  size: { readonly width: number; readonly height: number },
  parameters: readonly ParameterSpec[],
  onOver: (index: number | null) => void,
): uPlot.Options {
  return {
    ...size,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 9 } },
    hooks: { setCursor: [(plot) => onOver(plot.cursor.idx ?? null)] },
    scales: {
      x: { time: false, range: (_, min, max) => [Math.min(min, 1) - 0.5, Math.max(max, 10) + 0.5] },
      y: { range: [0, 1] },
    },
    axes: [
      { ...axis, size: 26, values: (_, ticks) => ticks.map((t) => (Number.isInteger(t) ? String(t) : "")) },
      // Both ends are named however low the panel is.
      {
        ...axis,
        size: 38,
        splits: (plot: uPlot) => (plot.height < 130 ? [0, 1] : [0, 0.5, 1]),
        filter: (_, splits) => splits,
      },
    ],
    bands: [{ series: [2, 3], fill: "rgba(112, 192, 232, 0.16)" }],
    series: [
      {},
      { stroke: "#70c0e8", width: 2.5, points: { show: true, size: 6, fill: "#70c0e8" }, spanGaps: false },
      { stroke: "transparent", points: { show: false } },
      { stroke: "transparent", points: { show: false } },
      ...parameters.map((_, i) => settingSeries(settingColours[i % settingColours.length] as string)),
    ],
  };
}

function settingSeries(stroke: string): uPlot.Series {
  const paths = uPlot.paths.stepped?.({ align: 1 });
  return {
    stroke,
    alpha: 0.6,
    width: 1.25,
    points: { show: false },
    ...(paths === undefined ? {} : { paths }),
  };
}
