import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { opened, shownObjectives, stepWord } from "../source.js";
import { session } from "../store.js";
import { axes, type Scatter, scatter } from "../trade-off.js";
import { LearntPreference } from "./learnt-preference.js";
import { TradeOffPicture } from "./trade-off-picture.js";

/** Any two objectives against each other: what was measured, what is predicted, what is proposed. */
export function TradeOffs(): JSX.Element | null {
  const data = scatter.value;
  const [over, setOver] = useState<string | null>(null);
  if (data === null || stepWord.value === "frame") return null;
  const learnt = opened.value === null ? (session.value?.learnt ?? null) : null;
  const advice = opened.value === null ? (session.value?.outlook ?? null) : null;
  return (
    <section class="panel trade-offs" aria-labelledby="trade-title">
      <div class="trade-head">
        <h2 id="trade-title">Trade-off</h2>
        <span class="axes">
          <AxisChoice which={1} label="Upwards" now={data.y.name} /> vs{" "}
          <AxisChoice which={0} label="Rightwards" now={data.x.name} />
        </span>
      </div>
      <TradeOffPicture data={data} onOver={setOver} />
      <p class="legend">
        {over !== null ? (
          <span>{over}</span>
        ) : (
          <>
            <span>
              <i class="k best" /> not beaten
            </span>
            <span>
              <i class="k" /> measured
            </span>
            {data.options.length > 0 && (
              <span title="what the model expects, ± one standard deviation">
                <i class="k predicted" /> predicted
              </span>
            )}
            {data.proposed !== null && (
              <span>
                <i class="k next" /> proposed
              </span>
            )}
          </>
        )}
        <span class="better">{betterCorner(data)}</span>
      </p>
      {advice !== null && <p class="outlook">{advice.text}</p>}
      {learnt !== null && <LearntPreference learnt={learnt} />}
    </section>
  );
}

function AxisChoice(props: {
  readonly which: 0 | 1;
  readonly label: string;
  readonly now: string;
}): JSX.Element {
  return (
    <select
      aria-label={props.label}
      value={props.now}
      onChange={(event) => {
        const name = event.currentTarget.value;
        axes.value = props.which === 0 ? [name, axes.value[1]] : [axes.value[0], name];
      }}
    >
      {shownObjectives.value.map((o) => (
        <option key={o.name} value={o.name}>
          {o.label}
        </option>
      ))}
    </select>
  );
}

/** Points to where both objectives are at their best. */
function betterCorner({ x, y }: Scatter): string {
  const right = x.direction === "maximise";
  const top = y.direction === "maximise";
  return `better ${right ? (top ? "↗" : "↘") : top ? "↖" : "↙"}`;
}
