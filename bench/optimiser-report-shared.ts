import { readFileSync } from "node:fs";
import { checkpoints, type JobResult } from "./optimiser-job-shared.js";

/** Regrets of the reference methods and BoTorch, seed by seed (optimiser-data/reference.csv). */
export type Reference = ReadonlyMap<string, number>;
export const referenceMethods = ["nehvi2ref", "botorch", "kts2018", "lintsdiag", "sobol"] as const;

export function readReference(root: string): Reference {
  const out = new Map<string, number>();
  const lines = readFileSync(`${root}/bench/optimiser-data/reference.csv`, "utf8").trim().split("\n");
  for (const line of lines.slice(1)) {
    const [mode, problem, method, seed, n, hv] = line.split(",");
    if (mode === "explore") out.set(`${problem}/${method}/${seed}/${n}`, Number(hv));
  }
  return out;
}

export interface Statistic {
  readonly mean: number;
  readonly se: number;
  readonly n: number;
}
export function statistic(values: readonly number[]): Statistic {
  const n = values.length;
  const mean = values.reduce((a, b) => a + b, 0) / n;
  const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / Math.max(1, n - 1);
  return { mean, se: Math.sqrt(variance / n), n };
}

/** Ours minus theirs over the seeds that both have; null with fewer than two. Negative = ours is better. */
export function paired(
  results: readonly JobResult[],
  reference: Reference,
  method: string,
  n: number,
): (Statistic & { readonly better: number }) | null {
  const differences = results.flatMap(({ job, hvRegret }) => {
    const theirs = reference.get(`${job.problem}/${method}/${job.seed}/${n}`);
    const ours = hvRegret[n];
    return theirs === undefined || ours === undefined ? [] : [ours - theirs];
  });
  if (differences.length < 2) return null;
  return { ...statistic(differences), better: differences.filter((d) => d < 0).length };
}

const digits = (x: number): string => x.toFixed(3);
const signedDigits = (x: number): string => `${x < 0 ? "−" : "+"}${Math.abs(x).toFixed(3)}`;

function groups(results: readonly JobResult[]): Map<string, JobResult[]> {
  const out = new Map<string, JobResult[]>();
  for (const r of results) {
    const key = `${r.job.problem}/${r.job.method}`;
    out.set(key, [...(out.get(key) ?? []), r]);
  }
  return out;
}

/** Markdown: mean ± standard error of the regret, and paired differences to the references. */
export function regretTables(results: readonly JobResult[], reference: Reference): string {
  const lines: string[] = [];
  for (const n of checkpoints) {
    lines.push(`\n**hv_regret at n = ${n}** (mean ± standard error; Δ = ours − theirs, seeds better/all)\n`);
    lines.push(`| problem | method | regret | ${referenceMethods.map((m) => `Δ ${m}`).join(" | ")} |`);
    lines.push(`|---|---|---|${referenceMethods.map(() => "---").join("|")}|`);
    for (const [key, list] of groups(results)) {
      const own = statistic(list.flatMap((r) => r.hvRegret[n] ?? []));
      if (own.n === 0) continue;
      const cells = referenceMethods.map((m) => {
        const d = paired(list, reference, m, n);
        return d === null ? "–" : `${signedDigits(d.mean)} ± ${digits(d.se)} (${d.better}/${d.n})`;
      });
      const [problem, method] = key.split("/");
      lines.push(
        `| ${problem} | ${method} | ${digits(own.mean)} ± ${digits(own.se)} | ${cells.join(" | ")} |`,
      );
    }
  }
  return `${lines.join("\n")}\n`;
}

const colours = ["#2f6fd0", "#d0662f", "#3a9a56", "#8b5cc7", "#777777", "#b8912a", "#c2407a"];
const width = 300;
const height = 210;

/** One SVG: a panel a problem, regret over n with bands of one standard error, references dashed. */
export function regretPicture(results: readonly JobResult[], reference: Reference): string {
  const problems = [...new Set(results.map((r) => r.job.problem))];
  const methods = [...new Set(results.map((r) => r.job.method))];
  const shown = ["nehvi2ref", "botorch", "kts2018", "sobol"] as const;
  const panels = problems.map((problem, i) => {
    const own = methods.map((method, k) => {
      const list = results.filter((r) => r.job.problem === problem && r.job.method === method);
      const points = checkpoints.map((n) => ({
        at: n,
        ...statistic(list.flatMap((r) => r.hvRegret[n] ?? [])),
      }));
      return curve(points, colours[k % colours.length] as string, false);
    });
    const theirs = shown.map((method, k) => {
      const points = checkpoints.map((n) => {
        const values = Array.from({ length: 20 }, (_, s) => reference.get(`${problem}/${method}/${s}/${n}`));
        return { at: n, ...statistic(values.filter((v): v is number => v !== undefined)) };
      });
      return curve(points, colours[(methods.length + k) % colours.length] as string, true);
    });
    const x = (i % 4) * (width + 20);
    const y = Math.floor(i / 4) * (height + 50);
    return `<g transform="translate(${x + 40},${y + 24})"><text x="0" y="-8" class="title">${problem}</text>${axes()}${theirs.join("")}${own.join("")}</g>`;
  });
  const names = [...methods.map((m) => ({ m, dashed: false })), ...shown.map((m) => ({ m, dashed: true }))];
  const rows = Math.ceil(problems.length / 4);
  const legend = names.map(({ m, dashed }, k) => {
    const y = rows * (height + 50) + 10;
    const x = 40 + k * 150;
    const dash = dashed ? ' stroke-dasharray="5 4"' : "";
    return `<line x1="${x}" x2="${x + 26}" y1="${y}" y2="${y}" stroke="${colours[k % colours.length]}" stroke-width="2"${dash}/><text x="${x + 32}" y="${y + 4}">${m}</text>`;
  });
  const total = `${Math.min(4, problems.length) * (width + 20) + 40} ${rows * (height + 50) + 30}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${total}" font-family="sans-serif" font-size="11"><style>.title{font-size:13px;font-weight:bold}</style><rect width="100%" height="100%" fill="white"/>${panels.join("")}${legend.join("")}</svg>\n`;
}

interface CurvePoint extends Statistic {
  /** Evaluations. */
  readonly at: number;
}
function place(n: number, regret: number): string {
  // Regrets span two decades; the axis is logarithmic from 0.01 to 1.
  const y = (-Math.log10(Math.min(1, Math.max(0.01, regret))) / 2) * (height - 30);
  return `${(((n - 10) / 40) * (width - 50)).toFixed(1)},${y.toFixed(1)}`;
}

function curve(all: readonly CurvePoint[], colour: string, dashed: boolean): string {
  const points = all.filter((p) => p.n > 0 && Number.isFinite(p.mean));
  const line = points.map((p) => place(p.at, p.mean)).join(" ");
  const upper = points.map((p) => place(p.at, p.mean + p.se));
  const lower = points.map((p) => place(p.at, p.mean - p.se)).reverse();
  const band = dashed
    ? ""
    : `<polygon points="${[...upper, ...lower].join(" ")}" fill="${colour}" opacity="0.2"/>`;
  const dash = dashed ? ' stroke-dasharray="5 4"' : "";
  return `${band}<polyline points="${line}" fill="none" stroke="${colour}" stroke-width="2"${dash}/>`;
}

function axes(): string {
  const right = width - 50;
  const grid = [1, 0.3, 0.1, 0.03, 0.01].map((r) => {
    const y = place(10, r).split(",")[1];
    return `<line x1="0" x2="${right}" y1="${y}" y2="${y}" stroke="#ddd"/><text x="-6" y="${Number(y) + 4}" text-anchor="end">${r}</text>`;
  });
  const ticks = checkpoints.map((n) => {
    const x = place(n, 0.01).split(",")[0];
    return `<text x="${x}" y="${height - 14}" text-anchor="middle">${n}</text>`;
  });
  return grid.join("") + ticks.join("");
}
