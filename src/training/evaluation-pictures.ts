/** Pictures of an evaluation as SVG text. All values are 0..1 and drawn in per cent. */
import { escapeXml } from "../core/index.js";
import type { EvaluatedFrame } from "./evaluate.js";

const side = 270;
const edge = 42;
const fifths = 5;
/** The paper's RMSE: what an expert differs from himself by, about. */
const band = 0.12;
const span = side - edge - 14;
const x = (v: number): number => edge + v * span;
const y = (v: number): number => side - edge - v * span;

/** Predicted against rated with the 12 % band, or their difference over the rating. */
export function pointsSvg(points: readonly EvaluatedFrame[], kind: "scores" | "residuals"): string {
  const residuals = kind === "residuals";
  const up = (v: number): number => y(residuals ? (v + 1) / 2 : v);
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
  const dots = points.map(
    ({ id, rating, score }) =>
      `<circle cx="${x(rating).toFixed(1)}" cy="${up(residuals ? score - rating : score).toFixed(1)}" r="3" fill="#1f5fa8" fill-opacity="0.55"><title>${escapeXml(id)}</title></circle>`,
  );
  return svg(residuals ? "predicted minus rated, over rated" : "predicted against rated", [
    `<polygon fill="#e6e9ed" points="${corners.map(([at, v]) => `${x(at)},${up(v)}`).join(" ")}"/>`,
    line(x(0), up(0), x(1), up(residuals ? 0 : 1)),
    ...axes(
      "rated, %",
      residuals ? "predicted − rated, points" : "predicted, %",
      residuals ? [-1, 0, 1] : undefined,
    ),
    ...dots,
  ]);
}

/** Mean rating by fifth of the predicted score, with how many ratings of each fifth lie inside their own interval. */
export function calibrationSvg(points: readonly EvaluatedFrame[]): string {
  const mean = (values: readonly number[]): number => values.reduce((s, v) => s + v, 0) / values.length;
  const marks = Array.from({ length: fifths }, (_, b) => {
    const group = points.filter((p) => Math.min(fifths - 1, Math.floor(p.score * fifths)) === b);
    if (group.length === 0) return "";
    const [atX, atY] = [x(mean(group.map((p) => p.score))), y(mean(group.map((p) => p.rating)))];
    const inside = group.filter(
      ({ lower, upper, rating }) => lower !== null && upper !== null && rating >= lower && rating <= upper,
    ).length;
    return `<circle cx="${atX.toFixed(1)}" cy="${atY.toFixed(1)}" r="5" fill="#1f5fa8"/><text x="${atX.toFixed(1)}" y="${(atY - 9).toFixed(1)}" text-anchor="middle">${inside}/${group.length}</text>`;
  });
  return svg("calibration", [
    line(x(0), y(0), x(1), y(1)),
    ...axes("predicted, %", "mean rating, %"),
    ...marks,
  ]);
}

const line = (x1: number, y1: number, x2: number, y2: number): string =>
  `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="#888"/>`;

function axes(across: string, upwards: string, ticks: readonly number[] = [0, 0.5, 1]): string[] {
  const [low = 0, high = 1] = [ticks[0], ticks.at(-1)];
  return [
    ...ticks.map(
      (t) =>
        `<text x="${edge - 5}" y="${y((t - low) / (high - low)) + 4}" text-anchor="end">${`${t * 100}`.replace("-", "−")}</text>`,
    ),
    ...[0, 0.5, 1].map(
      (t) => `<text x="${x(t)}" y="${side - edge + 16}" text-anchor="middle">${t * 100}</text>`,
    ),
    `<text x="${x(0.5)}" y="${side - 6}" text-anchor="middle">${across}</text>`,
    `<text transform="translate(11 ${y(0.5)}) rotate(-90)" text-anchor="middle">${upwards}</text>`,
  ];
}

function svg(label: string, parts: readonly string[]): string {
  return `<svg viewBox="0 0 ${side} ${side}" width="${side}" height="${side}" role="img" aria-label="${label}" font-family="system-ui, sans-serif" font-size="12" fill="#222">${parts.join("")}</svg>`;
}
