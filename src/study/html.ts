import { escapeXml, htmlTable } from "../core/index.js";
import type { Vote } from "./items.js";
import { bins, type Measure, measureNames } from "./measures.js";
import { barsSvg, scatterSvg } from "./pictures.js";
import type { StudyResult } from "./result.js";
import { binHeads, cellText, linesOf, type PaperTable, pText, tablesOf } from "./tables.js";

const style = `body{font:15px/1.5 system-ui,sans-serif;max-width:80rem;margin:2rem auto;padding:0 1rem;color:#1b1f24;background:#fff}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin:2.2rem 0 .3rem}h3{font-size:1rem;margin:1.4rem 0 .2rem}
table{border-collapse:collapse;margin:.4rem 0}.box{overflow-x:auto;max-width:100%}
th,td{padding:.2rem .6rem;text-align:right;border-bottom:1px solid #ddd;font-variant-numeric:tabular-nums;white-space:nowrap}
th:first-child,td:first-child{text-align:left}.paper td{color:#5a6068}.first td{border-top:2px solid #999}
.side{display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:center}.side>*{min-width:0}svg{max-width:100%;height:auto}
figure{margin:0}figcaption,.note{color:#444}.note{max-width:52rem;margin:.5rem 0}summary{cursor:pointer;font-weight:600;padding:.4rem 0}
@media (max-width:40rem){body{font-size:13px;margin:1rem auto;padding:0 .7rem}th,td{padding:.2rem .3rem}th:first-child,td:first-child{white-space:normal;min-width:5.5rem}}`;

const percent = (v: number | null): string => (v === null ? "–" : (v * 100).toFixed(0).replace("-", "−"));
const systemOf = ({ system, model }: { readonly system: string; readonly model?: string }): string =>
  model === undefined ? system : `${system} ${model}`;

const readings: Readonly<Record<Measure, string>> = {
  confusion: "100: the system's score and the expert's cannot be told apart. 0: one of them always wins.",
  domination:
    "Of the frames where one score won, the share where it was the system's. 50: as good as the expert.",
};

/** One of the paper's tables with its intervals and tests in the same columns, and its picture. */
function main(t: PaperTable, { comparisons, intervals }: StudyResult): string {
  const tests = comparisons.filter((c) => c.measure === t.measure && c.dataset === t.dataset);
  const ranges = intervals.filter((c) => c.measure === t.measure && c.dataset === t.dataset);
  const own = (label: string): readonly string[] =>
    ranges
      .filter((c) => systemOf(c) === label)
      .map((c) => (c.low === null ? "–" : `${percent(c.low)} to ${percent(c.high)}`));
  const all = (label: string): string =>
    percent(ranges.find((c) => systemOf(c) === label && c.bin === null)?.mean ?? null);
  const labels = t.lines.filter((l) => !l.paper).map((l) => l.label);
  const models = [...new Set(tests.map((c) => c.model))];
  const name = `${t.title}, %: ${t.dataset}`;
  return `<h2>${escapeXml(name)}</h2><p class="note">${readings[t.measure]}</p><div class="side">${htmlTable(
    name,
    ["Target score", ...binHeads, "all"],
    [
      ...t.lines.map((l) => ({
        cells: [l.label, ...l.cells.map(cellText), l.paper ? "" : all(l.label)],
        kind: l.paper ? ("paper" as const) : undefined,
      })),
      ...labels.map((label, i) => ({
        cells: [`95 % interval, ${label}`, ...own(label)],
        kind: i === 0 ? ("first" as const) : undefined,
      })),
      ...models.flatMap((model, i) => {
        const these = tests.filter((c) => c.model === model);
        const who = model === undefined ? "network" : model;
        return [
          {
            cells: [`${who} − random`, ...these.map((c) => percent(c.difference))],
            kind: i === 0 ? ("first" as const) : undefined,
          },
          { cells: ["p", ...these.map((c) => pText(c.p))] },
        ];
      }),
    ],
  )}<figure>${barsSvg(t)}</figure></div>`;
}

/** The report as one HTML file that loads nothing. */
export function htmlOf(result: StudyResult, votes: readonly Vote[]): string {
  const people = new Set(result.perTester.map((r) => r.tester)).size;
  const simulated = result.testers === "simulated";
  const title = simulated ? "User study with simulated testers" : "User study";
  const who = `${people} ${simulated ? "simulated " : ""}tester${people === 1 ? "" : "s"}`;
  const networks = escapeXml(result.models.map((m) => `${m.name} ${m.version}`).join(", "));
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${title}</title><style>${style}</style></head><body><main>
<h1>User study</h1><p>${who}; network ${networks}; seed ${result.seed}.${simulated ? " <b>No person took part:</b> the testers answer by rules fixed beforehand (docs/science/user-study.md)." : ""}</p>
${result.notes.map((n) => `<p class="note">${escapeXml(n)}</p>`).join("")}
<p class="note">A tester sees a frame with two scores, the target (the labelling expert's) and a system's, and says which fits better (T, P), that both fit alike (E), or that neither does (discarded). Ñ = T + P + E. Confusion C = 1 − |(2P + E) − Ñ| / Ñ and domination D = P / (T + P), for each tester, then mean ± one standard deviation over the testers; – marks an empty bin. The interval is that of the mean (bootstrap, testers and frames drawn anew); p is two-sided, of a sign-flip permutation test paired by tester. The paper's figures (Robitaille et al. 2018) are from other frames and other testers.</p>
${tablesOf(result)
  .map((t) => main(t, result))
  .join("\n")}
<h2>Scores that were shown</h2><div class="side">${result.datasets.map((d) => `<figure>${scatterSvg(votes, d.name)}<figcaption>${escapeXml(d.name)}: network blue, random brown</figcaption></figure>`).join("")}</div>
<h2>Tester by tester, %</h2>${testersOf(result)}
${sensitivityOf(result)}
<details><summary>How often each tester chose what</summary>${countsOf(result)}</details></main></body></html>\n`;
}

/** For every measure and dataset a line a tester: the systems' bins side by side. */
function testersOf({ perTester, datasets }: StudyResult): string {
  const testers = [...new Set(perTester.map((r) => r.tester))];
  return measureNames
    .flatMap((measure) =>
      datasets.map(({ name }) => {
        const rows = perTester.filter((r) => r.dataset === name);
        const systems = [...new Set(rows.map(systemOf))];
        const label = `${measure === "confusion" ? "Confusion" : "Domination"}: ${name}`;
        return `<h3>${escapeXml(label)}</h3>${htmlTable(
          `${label}, tester by tester`,
          ["Tester", ...systems.flatMap((s) => binHeads.map((head, i) => (i === 0 ? `${s} ${head}` : head)))],
          testers.map((tester) => ({
            cells: [
              tester,
              ...systems.flatMap((s) =>
                bins.map(([low]) => {
                  const row = rows.find((r) => r.tester === tester && systemOf(r) === s && r.bin[0] === low);
                  return percent(row?.[measure] ?? null);
                }),
              ),
            ],
          })),
        )}`;
      }),
    )
    .join("");
}

function countsOf({ perTester }: StudyResult): string {
  return htmlTable(
    "Answers of each tester",
    ["Tester", "Dataset", "System", "Bin", "T", "P", "E", "discarded", "C, %", "D, %"],
    perTester.map((r) => ({
      cells: [
        ...[r.tester, r.dataset, systemOf(r), r.bin.join("–")],
        ...[r.target, r.prediction, r.equivalent, r.discard].map(String),
        percent(r.confusion),
        percent(r.domination),
      ],
    })),
  );
}

function sensitivityOf({ sensitivity, datasets }: StudyResult): string {
  if (sensitivity === undefined) return "";
  const rows = sensitivity.flatMap(({ band, rows: all }) =>
    measureNames.flatMap((measure, m) =>
      datasets.flatMap(({ name }, d) =>
        linesOf(all.filter((r) => r.measure === measure && r.dataset === name)).map((l, i) => ({
          cells: [band.toFixed(2), measure, name, l.label, ...l.cells.map(cellText)],
          kind: m + d + i === 0 ? ("first" as const) : undefined,
        })),
      ),
    ),
  );
  return `<h2>Sensitivity to the width of the equivalence band, %</h2>
<p class="note">The same testers with another width of the band in which both scores fit alike; .05 is the one fixed beforehand.</p>${htmlTable(
    "Sensitivity",
    ["Band", "Measure", "Dataset", "System", ...binHeads],
    rows,
  )}`;
}
