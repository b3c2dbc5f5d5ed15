import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import type { TrainingState } from "./training.js";

const grid = { stroke: "#232a34", width: 1 };
const axis = { stroke: "#a3adbb", font: "13px system-ui, sans-serif", grid, ticks: { show: false } };

/** Root of the training loss and validation RMSE by epoch: the same unit, so that overfitting shows. */
export function LossCurves({ epochs }: { readonly epochs: TrainingState["epochs"] }): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const data = (): uPlot.AlignedData => [
    epochs.map((e) => e.epoch),
    epochs.map((e) => Math.sqrt(e.loss)),
    epochs.map((e) => e.validationRmse),
  ];
  // The plot is made once; new epochs go into it below.
  useEffect(() => {
    const target = box.current;
    if (target === null) return;
    const size = (): { width: number; height: number } => ({ width: target.clientWidth, height: 200 });
    const plot = new uPlot(
      {
        ...size(),
        legend: { show: false },
        cursor: { show: false },
        scales: { x: { time: false }, y: { range: (_, __, max) => [0, Math.max(0.1, max * 1.05)] } },
        axes: [
          { ...axis, size: 28, values: (_, t) => t.map((v) => (Number.isInteger(v) ? `${v}` : "")) },
          { ...axis, size: 46 },
        ],
        series: [
          {},
          { stroke: "#70c0e8", width: 2, points: { show: epochs.length < 3 } },
          { stroke: "#f0b454", width: 2, points: { show: epochs.length < 3 } },
        ],
      },
      data(),
      target,
    );
    chart.current = plot;
    const watcher = new ResizeObserver(() => plot.setSize(size()));
    watcher.observe(target);
    return () => {
      watcher.disconnect();
      plot.destroy();
    };
  }, []);
  useEffect(() => {
    chart.current?.setData(data());
  });
  const last = epochs.at(-1);
  return (
    <div>
      <div
        ref={box}
        class="loss-chart"
        role="img"
        aria-label={
          last === undefined
            ? "no epoch yet"
            : `after ${last.epoch} epochs: training ${Math.sqrt(last.loss).toFixed(3)}, validation ${last.validationRmse.toFixed(3)}`
        }
      />
      <p class="legend wraps">
        <span>
          <i class="k line train" /> training, √loss
        </span>
        <span>
          <i class="k line validation" /> validation RMSE
        </span>
        <span class="dim">by epoch{last === undefined ? ": none yet" : ` (${last.epoch})`}</span>
      </p>
    </div>
  );
}
