import type { JSX } from "preact";
import { ago, powerText } from "../format.js";
import { history, type Series } from "./rig.js";

const width = 460;
const height = 84;

/** Power of each light source over the last hour, each on its own scale from zero. */
export function PowerChart(): JSX.Element {
  const series = history.value.filter((s) => s.points.length > 1);
  return (
    <section class="panel" aria-labelledby="power-title">
      <h2 id="power-title">
        Power <span class="dim">· up to the last hour</span>
      </h2>
      {series.length === 0 && <p class="dim">Nothing recorded yet.</p>}
      {series.map((s) => (
        <Trace key={s.name} series={s} />
      ))}
    </section>
  );
}

function Trace({ series }: { readonly series: Series }): JSX.Element {
  const { points, name } = series;
  const from = points[0]?.[0] ?? 0;
  const to = points.at(-1)?.[0] ?? 1;
  const most = Math.max(...points.map(([, p]) => p), 1e-9);
  const path = points
    .map(([t, p]) => {
      const x = ((t - from) / Math.max(1, to - from)) * width;
      return `${x.toFixed(1)},${(height - 4 - (p / most) * (height - 12)).toFixed(1)}`;
    })
    .join(" ");
  return (
    <figure class="power-trace">
      <figcaption>
        {name}{" "}
        <span class="dim">
          now {powerText(points.at(-1)?.[1] ?? 0)}, up to {powerText(most)}
        </span>
      </figcaption>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`power of ${name} over ${Math.round((to - from) / 60)} minutes, up to ${powerText(most)}`}
      >
        <polyline points={path} />
      </svg>
      <p class="span" aria-hidden="true">
        <span>{ago((to - from) * 1000)} ago</span> <span>now</span>
      </p>
    </figure>
  );
}
