import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { digits, settingsText } from "../format.js";
import { lookAt, lookedAt, pickedStep, shownParameters, shownSteps, stepWord } from "../source.js";
import { chartOptions, timelineData } from "../timeline-chart.js";

/** The score over the run's steps with its interval; a click looks back at that step. */
export function Timeline(): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);

  useEffect(() => {
    const target = box.current;
    if (target === null) return;
    const size = (): { width: number; height: number } => ({
      width: Math.max(120, target.clientWidth),
      height: Math.max(90, target.clientHeight),
    });
    const plot = new uPlot(chartOptions(size()), timelineData(shownSteps.peek()), target);
    chart.current = plot;
    plot.over.addEventListener("click", () => {
      const at = plot.cursor.idx;
      const step = at === null || at === undefined ? undefined : shownSteps.peek()[at];
      if (step !== undefined) lookAt(step.step);
    });
    const watcher = new ResizeObserver(() => plot.setSize(size()));
    watcher.observe(target);
    return () => {
      watcher.disconnect();
      plot.destroy();
      chart.current = null;
    };
  }, []);
  const all = shownSteps.value;
  useEffect(() => {
    chart.current?.setData(timelineData(all));
  }, [all]);

  const back = lookedAt.value === null ? null : pickedStep.value;
  return (
    <section class="panel timeline" aria-labelledby="timeline-title">
      <h2 id="timeline-title">
        Quality by {stepWord.value}{" "}
        <span class="dim">
          {back === null
            ? all.length === 0
              ? "· none yet"
              : "· click to look back"
            : `· ${stepWord.value} ${back.step}: ${back.score?.score === null || back.score === null ? "no score" : digits(back.score.score)}`}
        </span>
      </h2>
      <div ref={box} class="chart" role="img" aria-label={`score of ${all.length} steps`} />
      {back !== null && <p class="legend wraps">{settingsText(back.settings, shownParameters.value)}</p>}
    </section>
  );
}
