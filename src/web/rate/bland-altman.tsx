import type { JSX } from "preact";
import type { AgreementReport } from "../../study/agreement.js";

const width = 300;
const height = 190;
const edge = 36;
/** Room for half of the last number. */
const right = 16;

/** Difference of two raters over their mean, with bias and limits of agreement. */
export function BlandAltmanPicture({
  pair,
}: {
  readonly pair: AgreementReport["pairs"][number];
}): JSX.Element {
  const { points, limits } = pair;
  const most = Math.max(
    0.2,
    ...points.map(([, d]) => Math.abs(d)),
    ...(limits === null ? [] : [Math.abs(limits.low), Math.abs(limits.high)]),
  );
  const x = (mean: number): number => edge + mean * (width - edge - right);
  const y = (d: number): number => (height - edge) / 2 - (d / most) * ((height - edge) / 2 - 10);
  const lines = limits === null ? [] : [limits.low, limits.bias, limits.high];
  return (
    <svg
      class="small-chart"
      width={width}
      height={height}
      role="img"
      aria-label={`Bland–Altman picture of ${pair.first} and ${pair.second}, ${points.length} frames`}
    >
      {[-most, 0, most].map((d) => (
        <g key={d} class="tick">
          <line x1={edge} x2={width - right} y1={y(d)} y2={y(d)} />
          <text x={edge - 4} y={y(d) + 4} text-anchor="end">
            {(d * 100).toFixed(0).replace("-", "−")}
          </text>
        </g>
      ))}
      {[0, 0.5, 1].map((m) => (
        <text key={m} x={x(m)} y={height - edge + 16} text-anchor="middle">
          {m * 100}
        </text>
      ))}
      {lines.map((d, i) => (
        <line
          key={`${i + 1} ${d}`}
          class={i === 1 ? "bias" : "limit"}
          x1={edge}
          x2={width - right}
          y1={y(d)}
          y2={y(d)}
        />
      ))}
      {points.map(([m, d], i) => (
        <circle key={`${i + 1}`} class="dot" cx={x(m)} cy={y(d)} r={3} />
      ))}
      <text class="axis" x={(edge + width) / 2} y={height - 4} text-anchor="middle">
        mean rating, %
      </text>
    </svg>
  );
}
