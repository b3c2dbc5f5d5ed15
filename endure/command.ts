import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { nearest } from "../src/core/index.js";
import type { EndureOptions, TargetEntry } from "./contract.js";
import { targets } from "./registry.js";

/** A command line that means nothing: one line for whoever wrote it. */
export class WrongUse extends Error {}

export interface Command {
  readonly name: string;
  readonly target: TargetEntry;
  readonly options: EndureOptions;
  readonly json: boolean;
}

const options = {
  count: { type: "string" },
  seed: { type: "string", default: "1" },
  out: { type: "string", default: "endure-out" },
  jobs: { type: "string" },
  json: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

/** The command line, checked; null: the help is wanted. @throws WrongUse */
export async function readCommand(args: readonly string[]): Promise<Command | null> {
  const { values, positionals } = parsed(args);
  const [name, ...words] = positionals;
  if (values.help) return null;
  if (name === undefined) throw new WrongUse(`which target? ${Object.keys(targets).join(" | ")}`);
  const target = Object.hasOwn(targets, name) ? targets[name] : undefined;
  if (target === undefined) throw unknown("target", name, Object.keys(targets));
  const known = await target.words();
  const strange = words.find((word) => !known.includes(word));
  if (strange !== undefined) throw unknown(`part of '${name}'`, strange, known);
  // A part is one trial where it is not asked for more.
  const usual = name === "kill" && words.length > 0 ? words.length : target.count;
  return {
    name,
    target,
    json: values.json,
    options: {
      count: whole("count", values.count, 1, usual),
      seed: whole("seed", values.seed, 0, 1),
      jobs: whole("jobs", values.jobs, 1, availableParallelism()),
      out: resolve(values.out, name),
      words,
    },
  };
}

function parsed(args: readonly string[]): ReturnType<typeof parse> {
  try {
    return parse(args);
  } catch (thrown) {
    throw new WrongUse((thrown as Error).message.split(". ")[0]);
  }
}
const parse = (args: readonly string[]) => parseArgs({ args: [...args], allowPositionals: true, options });

function whole(name: string, text: string | undefined, least: number, otherwise: number): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least) {
    throw new WrongUse(`--${name} is a whole number from ${least}, not '${text}'`);
  }
  return value;
}

function unknown(what: string, word: string, known: readonly string[]): WrongUse {
  if (known.length === 0) return new WrongUse(`there is no ${what} '${word}': it takes no words`);
  const near = nearest(word, known);
  const hint = near === undefined ? "" : ` (did you mean '${near}'?)`;
  return new WrongUse(`there is no ${what} '${word}'${hint}; there are: ${known.join(" | ")}`);
}

/** The page of `--help`. */
export async function helpPage(): Promise<string> {
  const rows: string[] = [];
  for (const [name, { count, about, words }] of Object.entries(targets)) {
    rows.push(`  ${name.padEnd(6)}${about} (--count ${count})`);
    const parts = await words();
    const quoted = parts.map((p) => (p.includes(" ") ? `"${p}"` : p));
    if (parts.length > 0) rows.push(`        alone: ${quoted.join(" | ")}`);
  }
  return `Usage: npm run endure TARGET [PART…] -- [options]

Long trials of the whole program. docs/endurance.md says what must hold in each.

Targets, with the usual number of cases:
${rows.join("\n")}

Options:
  --count N   how many cases, from 1
  --seed N    seed of the first case (1); a failure names its own
  --jobs N    kill: independent runs at a time (default: the cores, here ${availableParallelism()})
  --out DIR   what failed is kept in DIR/TARGET (endure-out)
  --json      the report as one line of JSON
  -h, --help  this page

Exit: 0 every case held, 1 one did not or none was tried, 2 wrong use.

Examples:
  npm run endure kill -- --count 1000
  npm run endure kill "full disk" -- --count 10
  npm run endure fuzz images http -- --count 100000 --seed 7`;
}
