import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import type { StepSummary } from "../../loop/contract.js";
import { scoreText, settingsText, withUnit } from "../format.js";
import { lookAt, lookedAt, pickedStep, shownParameters, shownSteps, stepWord } from "../source.js";
import { chartOptions, settingColours, timelineData } from "../timeline-chart.js";

/** The score over the run's steps with its interval, and the settings between their limits; a click looks back. */
export function Timeline(): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const [over, setOver] = useState<number | null>(null);
  const parameters = shownParameters.value;

  useEffect(() => {
    const target = box.current;
    if (target === null) return;
    const size = (): { width: number; height: number } => ({
      width: Math.max(120, target.clientWidth),
      height: Math.max(56, target.clientHeight),
    });
    const data = timelineData(shownSteps.peek(), parameters);
    const plot = new uPlot(chartOptions(size(), parameters, setOver), data, target);
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
  }, [parameters]);
  const all = shownSteps.value;
  useEffect(() => {
    chart.current?.setData(timelineData(all, parameters));
  }, [all, parameters]);

  const back = lookedAt.value === null ? null : pickedStep.value;
  const told = (over === null ? undefined : all[over]) ?? back;
  return (
    <section class="panel timeline" aria-labelledby="timeline-title">
      <h2 id="timeline-title">
        Quality by {stepWord.value}{" "}
        <span class="dim">
          {told === null
            ? all.length === 0
              ? "· none yet"
              : "· click to look back"
            : `· ${stepWord.value} ${told.step}: ${told.score?.score === null || told.score === null ? "no score" : scoreText(told.score.score)}`}
        </span>
      </h2>
      <div
        ref={box}
        class="chart"
        role="img"
        aria-label={`score of ${all.length} steps${back === null ? "" : `; ${settingsText(back.settings, parameters)}`}`}
      />
      {parameters.length > 0 && <SettingsKey step={told} />}
    </section>
  );
}

/** Which line is which setting; of a step that is meant, its values. */
function SettingsKey({ step }: { readonly step: StepSummary | null }): JSX.Element {
  return (
    <p class="legend settings-key" title="each setting between its limits, 0 the least and 1 the most">
      {shownParameters.value.map((p, i) => {
        const value = step?.settings[p.name];
        return (
          <span key={p.name} title={p.label}>
            <i class="k line" style={{ background: settingColours[i % settingColours.length] }} />{" "}
            {value === undefined ? p.label : withUnit(value, p.unit)}
          </span>
        );
      })}
    </p>
  );
}
