/** The evaluation of a network as one HTML file that loads nothing, to be kept or mailed. */
import { encode } from "fast-png";
import { decodeImageFile, escapeXml, framePath, htmlTable, percentile } from "../core/index.js";
import type { EvaluatedFrame, Evaluation } from "./evaluate.js";
import { calibrationSvg, pointsSvg } from "./evaluation-pictures.js";
import type { Agreement } from "./metrics.js";

export interface EvaluationReport {
  readonly model: string;
  /** Folder in the Dataset format. */
  readonly dataset: string;
  readonly result: Evaluation;
  readonly points: readonly EvaluatedFrame[];
}

const worstShown = 8;
const style = `body{font:15px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color:#1b1f24;background:#fff}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin:2rem 0 .3rem}table{border-collapse:collapse;margin:.4rem 0}.box{overflow-x:auto}
th,td{padding:.2rem .7rem;text-align:right;border-bottom:1px solid #ddd;font-variant-numeric:tabular-nums;white-space:nowrap}
th:first-child,td:first-child{text-align:left}.note{color:#444;max-width:50rem}.side{display:flex;flex-wrap:wrap;gap:1rem 1.5rem}
figure{margin:0}figcaption{color:#444;max-width:17rem}svg{max-width:100%;height:auto}
.worst figure{width:11rem}.worst img{width:100%;height:auto;image-rendering:pixelated;display:block;background:#000}`;

const points = (v: number): string => (Number.isNaN(v) ? "–" : (v * 100).toFixed(1).replace("-", "−"));
const plain = (v: number | null): string => (v === null ? "–" : v.toFixed(3).replace("-", "−"));
const share = (v: number | null): string => (v === null ? "–" : `${(v * 100).toFixed(0)} %`);

const table = (label: string, head: readonly string[], rows: readonly (readonly string[])[]): string =>
  htmlTable(
    label,
    head,
    rows.map((cells) => ({ cells })),
  );

/** Figures, pictures (predicted against rated with the 12 % band, residuals, calibration) and the worst frames. */
export async function evaluationHtml(report: EvaluationReport): Promise<string> {
  const { result, model, dataset } = report;
  const lines: (readonly [string, Agreement & { readonly coverage90: number | null }])[] = [
    ["labels", result],
    ...(result.trueRating === null ? [] : [["true rating", result.trueRating] as const]),
  ];
  const without = Object.entries(result.withoutScore).map(([reason, n]) => `${n}: ${reason}`);
  const head = ["Against", "frames", "RMSE, points", "MAE, points", "R²", "Spearman", "inside 90 % interval"];
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>Evaluation of ${escapeXml(model)}</title><style>${style}</style></head><body><main>
<h1>Evaluation of ${escapeXml(model)}</h1><p>On ${escapeXml(dataset)}: ${result.frames === "test" ? "its test split, for the network was trained on the rest" : "all its frames"}.${result.n === 0 ? "" : ` ${share(result.inDomain)} of the scored frames are of the network's own kind.`}</p>
${without.length === 0 ? "" : `<p class="note">Frames without a score: ${escapeXml(without.join("; "))}.</p>`}
${table(
  "Agreement",
  head,
  lines.map(([name, a]) => [
    name,
    String(a.n),
    points(a.rmse),
    points(a.mae),
    plain(a.r2),
    plain(a.spearman),
    share(a.coverage90),
  ]),
)}
<h2>By rating</h2>
${table(
  "By rating",
  ["Rated", "frames", "RMSE, points", "inside 90 % interval"],
  result.perBin.map(({ from, to, n, rmse }, i) => [
    `${(from * 100).toFixed(0)}–${(to * 100).toFixed(0)}`,
    String(n),
    rmse === null ? "–" : points(rmse),
    share(result.coveragePerBin?.[i] ?? null),
  ]),
)}
<h2>Pictures</h2><div class="side">
<figure>${pointsSvg(report.points, "scores")}<figcaption>Predicted against rated; grey: ± 12 points, the paper's error.</figcaption></figure>
<figure>${pointsSvg(report.points, "residuals")}<figcaption>What the network says more or less than the raters.</figcaption></figure>
<figure>${calibrationSvg(report.points)}<figcaption>Mean rating of the frames that were predicted alike; the numbers say how many ratings lie inside their interval.</figcaption></figure></div>
<h2>Worst frames</h2><p class="note">Those that network and raters differ most about, to be looked at: is it the label or the network?</p><div class="side worst">${(await worst(report)).join("")}</div>
</main></body></html>\n`;
}

async function worst({ points: all, dataset }: EvaluationReport): Promise<string[]> {
  const far = (p: EvaluatedFrame): number => Math.abs(p.score - p.rating);
  const chosen = [...all].sort((a, b) => far(b) - far(a)).slice(0, worstShown);
  return Promise.all(
    chosen.map(async (p) => {
      const label = `${p.id}: rated ${(p.rating * 100).toFixed(0)}, predicted ${(p.score * 100).toFixed(0)}`;
      const image = `<img alt="Frame ${escapeXml(p.id)}" src="${await pictureOf(framePath(dataset, p.id))}">`;
      return `<figure>${image}<figcaption>${escapeXml(label)}</figcaption></figure>`;
    }),
  );
}

/** Counts between their 0.5th and 99.8th percentile as grey, in the address itself. */
async function pictureOf(path: string): Promise<string> {
  const plane = (await decodeImageFile(path)).planes[0];
  if (plane === undefined) return "data:,";
  const [height, width] = plane.shape;
  const from = percentile(plane.pixels, 0.5);
  const to = percentile(plane.pixels, 99.8);
  const scale = to > from ? 255 / (to - from) : 0;
  const data = Uint8Array.from(plane.pixels, (v) =>
    Math.min(255, Math.max(0, Math.round((v - from) * scale))),
  );
  return `data:image/png;base64,${Buffer.from(encode({ width, height, data, depth: 8, channels: 1 })).toString("base64")}`;
}
