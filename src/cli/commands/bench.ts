import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Command } from "commander";
import { systemClock, UsageError, unknownName } from "../../core/index.js";
import { print, printJson, say } from "../output.js";
import { packageRoot } from "../package-info.js";

/** One comparison, both sides measured in the same run. */
interface Row {
  readonly name: string;
  readonly ours: number;
  readonly theirs: number;
  readonly ratio: number;
  readonly unit: string;
}
interface Bench {
  readonly run: (args: readonly string[]) => Promise<readonly Row[]>;
}
/** bench/catalogue-shared.ts, which does not come with the installed package. */
interface About {
  readonly what: string;
  readonly speed: boolean;
}
type Catalogue = Readonly<Record<string, About>>;
interface Options {
  readonly json?: boolean;
  readonly list?: boolean;
  readonly all?: boolean;
}

export function command(): Command {
  return new Command("bench")
    .description(
      "Measures speed and conformance as ratios, both sides in one run. Without names: those of speed; says first which.",
    )
    .argument("[names...]", "which; a name's own options follow after --")
    .option("--json", "a JSON line a row")
    .option("--list", "name them, with what they measure, and stop")
    .option("--all", "also those of science, which take long and write pictures and tables into docs/")
    .addHelpText("after", "\nExample:\n  stedloop bench score\n  stedloop bench --list")
    .action(bench);
}

async function bench(given: readonly string[], options: Options): Promise<void> {
  const folder = join(packageRoot, "dist", "bench");
  const catalogue = await catalogueOf(folder);
  const known = Object.keys(catalogue);
  if (options.list) {
    for (const [name, { what }] of Object.entries(catalogue)) {
      if (options.json) printJson({ name, what });
      else print(`${name.padEnd(24)} ${what}`);
    }
    return;
  }
  // Words that name no benchmark belong to the one before them: `bench simulator-conformance write`.
  const named = given.filter((word) => known.includes(word));
  const rest = given.filter((word) => !known.includes(word));
  if (given[0] !== undefined && !known.includes(given[0])) throw unknownName("benchmark", given[0], known);
  const names = named.length > 0 ? named : known.filter((name) => options.all || catalogue[name]?.speed);
  if (named.length === 0) say(`bench: ${names.join(", ")}. Name one to run it alone; --list tells of all.`);
  for (const name of names) {
    const from = systemClock.monotonic();
    if (names.length > 1) say(`bench: ${name}: ${catalogue[name]?.what ?? ""}`);
    const { run } = (await import(pathToFileURL(join(folder, `${name}.js`)).href)) as Bench;
    for (const row of await run(rest)) {
      if (options.json) printJson(row);
      else
        print(
          `${row.name.padEnd(44)} ours ${show(row.ours)}  theirs ${show(row.theirs)}  ratio ${show(row.ratio)}  ${row.unit}`,
        );
    }
    if (names.length > 1) say(`bench: ${name} took ${Math.round((systemClock.monotonic() - from) / 1000)} s`);
  }
}

const show = (value: number): string => value.toPrecision(4).padStart(9);

async function catalogueOf(folder: string): Promise<Catalogue> {
  try {
    const file = pathToFileURL(join(folder, "catalogue-shared.js")).href;
    return ((await import(file)) as { readonly catalogue: Catalogue }).catalogue;
  } catch (cause) {
    throw new UsageError("NO_BENCH", "the benchmarks come with a checkout, not with the installed package", {
      cause,
    });
  }
}
