import type { JSX } from "preact";
import type { Point } from "./training.js";

const side = 260;
const edge = 38;
/** The paper's RMSE: what an expert differs from himself by, about. */
const band = 0.12;

/** Predicted against rated with the 12 % band, or their difference over the rating. */
export function PointsPicture(props: {
  readonly title: string;
  readonly points: readonly Point[];
  readonly kind: "scores" | "residuals";
}): JSX.Element {
  const residuals = props.kind === "residuals";
  const x = (v: number): number => edge + v * (side - edge - 16);
  const up = (share: number): number => side - edge - share * (side - edge - 16);
  const y = (v: number): number => up(residuals ? (v + 1) / 2 : Math.min(1, Math.max(0, v)));
  const ticks = residuals ? [-1, 0, 1] : [0, 0.5, 1];
  // The band's edges keep their distance up to the frame of the picture and end there.
  const corners: readonly (readonly [number, number])[] = residuals
    ? [
        [0, band],
        [1, band],
        [1, -band],
        [0, -band],
      ]
    : [
        [0, 0],
        [0, band],
        [1 - band, 1],
        [1, 1],
        [1, 1 - band],
        [band, 0],
      ];
  return (
    <svg class="small-chart" width={side} height={side} role="img" aria-label={props.title}>
      <polygon class="band" points={corners.map(([at, v]) => `${x(at)},${y(v)}`).join(" ")} />
      <line class="bias" x1={x(0)} y1={y(0)} x2={x(1)} y2={y(residuals ? 0 : 1)} />
      {ticks.map((t) => (
        <text key={t} x={edge - 5} y={y(t) + 4} text-anchor="end">
          {t * 100}
        </text>
      ))}
      {[0, 0.5, 1].map((t) => (
        <text key={t} x={x(t)} y={side - edge + 16} text-anchor="middle">
          {t * 100}
        </text>
      ))}
      {props.points.map((p) => (
        <circle
          key={p.id}
          class="dot"
          cx={x(p.rating)}
          cy={y(residuals ? p.score - p.rating : p.score)}
          r={3}
        >
          <title>{p.id}</title>
        </circle>
      ))}
      <text class="axis" x={x(0.5)} y={side - 5} text-anchor="middle">
        rated, %
      </text>
      <text class="axis" transform={`translate(11 ${up(0.5)}) rotate(-90)`} text-anchor="middle">
        {residuals ? "predicted − rated, %" : "predicted, %"}
      </text>
    </svg>
  );
}
