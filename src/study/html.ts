import type { Vote } from "./items.js";
import { measureNames } from "./measures.js";
import { barsSvg, escapeXml, scatterSvg } from "./pictures.js";
import type { StudyResult } from "./result.js";
import { binHeads, cellText, linesOf, pText, tablesOf } from "./tables.js";

const style = `body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1b1f24;background:#fff}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}table{border-collapse:collapse;margin:.6rem 0}
th,td{padding:.2rem .7rem;text-align:right;border-bottom:1px solid #ddd;font-variant-numeric:tabular-nums}
th:first-child,td:first-child{text-align:left}.paper td{color:#666}.side{display:flex;flex-wrap:wrap;gap:1.5rem;align-items:flex-start}
.note{color:#444;max-width:50rem}`;

const table = (
  head: readonly string[],
  rows: readonly (readonly string[])[],
  kinds?: readonly string[],
): string =>
  `<table><thead><tr>${head.map((h) => `<th scope="col">${escapeXml(h)}</th>`).join("")}</tr></thead><tbody>${rows
    .map(
      (row, i) =>
        `<tr${kinds?.[i] ? ` class="${kinds[i]}"` : ""}>${row.map((c) => `<td>${escapeXml(c)}</td>`).join("")}</tr>`,
    )
    .join("")}</tbody></table>`;

const percent = (v: number | null): string => (v === null ? "–" : (v * 100).toFixed(0));

/** The report as one HTML file that loads nothing. */
export function htmlOf(result: StudyResult, votes: readonly Vote[]): string {
  const people = new Set(result.perTester.map((r) => r.tester)).size;
  const who = result.testers === "simulated" ? "simulated testers, fixed rules" : "testers";
  const main = tablesOf(result).map((t) => {
    const tests = result.comparisons.filter((c) => c.measure === t.measure && c.dataset === t.dataset);
    const intervals = result.intervals.filter((c) => c.measure === t.measure && c.dataset === t.dataset);
    return `<h2>${t.title}, %: ${escapeXml(t.dataset)}</h2><div class="side"><div>${table(
      ["Target score", ...binHeads],
      t.lines.map((l) => [l.label, ...l.cells.map(cellText)]),
      t.lines.map((l) => (l.paper ? "paper" : "")),
    )}${table(
      ["Network against random", ...binHeads, "all"],
      [...new Set(tests.map((c) => c.model))].flatMap((model) => {
        const own = tests.filter((c) => c.model === model);
        return [
          [`difference ${model ?? ""}`, ...own.map((c) => percent(c.difference))],
          [`p ${model ?? ""}`, ...own.map((c) => pText(c.p))],
        ];
      }),
    )}${table(
      ["95 % interval of the mean", ...binHeads, "all"],
      [...new Set(intervals.map((c) => `${c.system} ${c.model ?? ""}`))].map((label) => [
        label,
        ...intervals
          .filter((c) => `${c.system} ${c.model ?? ""}` === label)
          .map((c) => (c.low === null ? "–" : `${percent(c.low)} to ${percent(c.high)}`)),
      ]),
    )}</div>${barsSvg(t)}</div>`;
  });
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>User study</title><style>${style}</style></head><body>
<h1>User study</h1><p>${people} ${who}; seed ${result.seed}; network ${escapeXml(result.models.map((m) => `${m.name} ${m.version}`).join(", "))}.</p>
${result.notes.map((n) => `<p class="note">${escapeXml(n)}</p>`).join("")}
<p class="note">Confusion C = 1 − |(2P + E) − Ñ| / Ñ and domination D = P / (T + P), per tester, then mean ± one standard deviation over testers; – marks an empty bin. Intervals: bootstrap over testers and frames. p: paired sign-flip permutation test over testers, two-sided.</p>
${main.join("\n")}
<h2>Scores that were shown</h2><div class="side">${result.datasets.map((d) => `<figure>${scatterSvg(votes, d.name)}<figcaption>${escapeXml(d.name)}: network blue, random brown</figcaption></figure>`).join("")}</div>
${sensitivityOf(result)}
<h2>Per tester</h2>${table(
    ["Tester", "Dataset", "System", "Bin", "T", "P", "E", "discarded", "C, %", "D, %"],
    result.perTester.map((r) => [
      r.tester,
      r.dataset,
      `${r.system} ${r.model ?? ""}`,
      r.bin.join("–"),
      ...[r.target, r.prediction, r.equivalent, r.discard].map(String),
      percent(r.confusion),
      percent(r.domination),
    ]),
  )}</body></html>\n`;
}

function sensitivityOf({ sensitivity, datasets }: StudyResult): string {
  if (sensitivity === undefined) return "";
  const rows = sensitivity.flatMap(({ band, rows: all }) =>
    measureNames.flatMap((measure) =>
      datasets.flatMap(({ name }) =>
        linesOf(all.filter((r) => r.measure === measure && r.dataset === name)).map((l) => [
          band.toFixed(2),
          measure,
          name,
          l.label,
          ...l.cells.map(cellText),
        ]),
      ),
    ),
  );
  return `<h2>Sensitivity to the width of the equivalence band, %</h2>${table(["Band", "Measure", "Dataset", "System", ...binHeads], rows)}`;
}
