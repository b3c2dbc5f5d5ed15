import type uPlot from "uplot";
import type { StepSummary } from "../loop/contract.js";

/** Columns for uPlot: step, score, lower, upper; missing scores leave a gap. */
export function timelineData(steps: readonly StepSummary[]): uPlot.AlignedData {
  return [
    steps.map((s) => s.step),
    steps.map((s) => s.score?.score ?? null),
    steps.map((s) => s.score?.upper ?? null),
    steps.map((s) => s.score?.lower ?? null),
  ];
}

const grid = { stroke: "#232a34", width: 1 };
const axis = { stroke: "#a3adbb", font: "13px system-ui, sans-serif", grid, ticks: { show: false } };

export function chartOptions(size: { readonly width: number; readonly height: number }): uPlot.Options {
  return {
    ...size,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 9 } },
    scales: {
      x: { time: false, range: (_, min, max) => [Math.min(min, 1) - 0.5, Math.max(max, 10) + 0.5] },
      y: { range: [0, 1] },
    },
    axes: [
      { ...axis, size: 26, values: (_, ticks) => ticks.map((t) => (Number.isInteger(t) ? String(t) : "")) },
      { ...axis, size: 38 },
    ],
    bands: [{ series: [2, 3], fill: "rgba(112, 192, 232, 0.16)" }],
    series: [
      {},
      { stroke: "#70c0e8", width: 2, points: { show: true, size: 6, fill: "#70c0e8" }, spanGaps: false },
      { stroke: "transparent", points: { show: false } },
      { stroke: "transparent", points: { show: false } },
    ],
  };
}
