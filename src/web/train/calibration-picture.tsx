import type { JSX } from "preact";
import type { Point } from "./training.js";

const side = 260;
const edge = 38;
const bins = 5;

/** Mean rating by fifth of the predicted score, with how many of each fifth lie inside their own interval. */
export function CalibrationPicture(props: {
  readonly name: string;
  readonly points: readonly Point[];
}): JSX.Element {
  const x = (v: number): number => edge + v * (side - edge - 16);
  const y = (v: number): number => side - edge - v * (side - edge - 16);
  const groups = Array.from({ length: bins }, (_, b) =>
    props.points.filter((p) => Math.min(bins - 1, Math.floor(p.score * bins)) === b),
  );
  const mean = (values: readonly number[]): number => values.reduce((s, v) => s + v, 0) / values.length;
  return (
    <svg class="small-chart" width={side} height={side} role="img" aria-label={`${props.name}: calibration`}>
      <line class="bias" x1={x(0)} y1={y(0)} x2={x(1)} y2={y(1)} />
      {[0, 0.5, 1].map((t) => (
        <g key={t}>
          <text x={edge - 5} y={y(t) + 4} text-anchor="end">
            {t * 100}
          </text>
          <text x={x(t)} y={side - edge + 16} text-anchor="middle">
            {t * 100}
          </text>
        </g>
      ))}
      {groups.map((group, b) => {
        if (group.length === 0) return null;
        const at = { x: x(mean(group.map((p) => p.score))), y: y(mean(group.map((p) => p.rating))) };
        const inside = group.filter(
          (p) => p.lower !== null && p.upper !== null && p.rating >= p.lower && p.rating <= p.upper,
        ).length;
        return (
          <g key={`${b + 1}`}>
            <circle class="dot" cx={at.x} cy={at.y} r={5} />
            <text x={at.x} y={at.y - 9} text-anchor="middle">
              {inside}/{group.length}
            </text>
          </g>
        );
      })}
      <text class="axis" x={x(0.5)} y={side - 5} text-anchor="middle">
        predicted, %
      </text>
      <text class="axis" transform={`translate(11 ${y(0.5)}) rotate(-90)`} text-anchor="middle">
        mean rating, %; inside interval
      </text>
    </svg>
  );
}
