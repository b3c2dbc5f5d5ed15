// node scripts/network-tables.mjs: writes the tables of docs/science/network.md from the cards of the shipped models (whose figures
// scripts/train-models.mjs and scripts/trust.mjs measured), between its marker lines.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const file = join(root, "docs", "science", "network.md");
const cards = readdirSync(join(root, "models"))
  .sort()
  .map((name) => JSON.parse(readFileSync(join(root, "models", name, "card.json"), "utf8")));
const three = (v) => (v === null || v === undefined ? "–" : v.toFixed(3));
const percent = (v) => (v === null || v === undefined ? "–" : `${Math.round(100 * v)} %`);
const table = (head, rows) =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

function errors() {
  const rows = cards.flatMap(({ name, structures, metrics }) => {
    const row = (frames, against, m) => [
      name,
      frames,
      against,
      m.n,
      ...[m.rmse, m.mae, m.r2, m.spearman].map(three),
      m.perBin.map((bin) => three(bin.rmse)).join(" "),
    ];
    const own = structures.join(", ");
    const split = [
      row(`${own}, test split`, "labels", metrics.test),
      row(`${own}, test split`, "true rating", metrics.testAgainstTrueRating),
    ];
    const further = Object.entries(metrics.further ?? {}).flatMap(([structure, m]) => {
      const frames = `${structure}, ${structures.includes(structure) ? "other fields" : "never trained on"}`;
      return [row(frames, "labels", m), row(frames, "true rating", m.trueRating)];
    });
    return [...split, ...further];
  });
  return table(
    ["model", "frames", "against", "n", "RMSE", "MAE", "R²", "Spearman", "RMSE per 20 points"],
    rows,
  );
}

function coverage() {
  const rows = cards.flatMap(({ name, metrics }) =>
    Object.entries(metrics.further ?? {}).map(([structure, m]) => {
      const without = Object.values(m.withoutScore).reduce((a, b) => a + b, 0);
      const bins = m.coveragePerBin.map(percent).join(" ");
      return [name, structure, m.n, without, percent(m.coverage90), bins, percent(m.inDomain)];
    }),
  );
  return table(
    [
      "model",
      "frames of",
      "with a score",
      "without",
      "labels inside the 90 % interval",
      "by fifths of the rating",
      "in domain",
    ],
    rows,
  );
}

function strangers() {
  const kinds = Object.keys(cards[0].metrics.outOfDomain).filter((kind) => !kind.startsWith("own"));
  const rows = kinds.map((kind) => [
    kind,
    ...cards.flatMap(({ metrics }) => {
      const m = metrics.outOfDomain[kind];
      return [three(m.auroc), three(m.aurocAmongAll), percent(m.flagged), percent(m.noScore)];
    }),
  ]);
  const head = cards.flatMap(({ name }) => [`\`${name}\` AUROC`, "among all", "flagged", "no score"]);
  return table(["strangers", ...head], rows);
}

let text = readFileSync(file, "utf8");
for (const [name, make] of Object.entries({ errors, coverage, strangers })) {
  const [begin, end] = [`<!-- ${name} of the cards -->`, `<!-- end of ${name} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < 0) throw new Error(`${file} has no place for '${name}'`);
  text = `${text.slice(0, from + begin.length)}\n${make()}\n${text.slice(to)}`;
}
writeFileSync(file, text);
