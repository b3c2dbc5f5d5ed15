import { readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Command } from "commander";
import { UsageError, unknownName } from "../../core/index.js";
import { print, printJson } from "../output.js";
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

export function command(): Command {
  return new Command("bench")
    .description(
      "Measures speed and conformance as ratios, both sides in one run. Without names: all of them.",
    )
    .argument("[names...]", "which; a name's own options follow after --")
    .option("--json", "a JSON line a row")
    .option("--list", "name them and stop")
    .addHelpText("after", "\nExample:\n  stedloop bench score")
    .action(async (given: readonly string[], options: { json?: boolean; list?: boolean }) => {
      const folder = join(packageRoot, "dist", "bench");
      const known = available(folder);
      if (options.list) {
        for (const name of known) print(name);
        return;
      }
      // Words that name no benchmark belong to the one before them: `bench simulator-conformance write`.
      const names = given.filter((word) => known.includes(word));
      const rest = given.filter((word) => !known.includes(word));
      if (given[0] !== undefined && !known.includes(given[0]))
        throw unknownName("benchmark", given[0], known);
      for (const name of names.length === 0 ? known : names) {
        const { run } = (await import(pathToFileURL(join(folder, `${name}.js`)).href)) as Bench;
        for (const row of await run(rest)) {
          if (options.json) printJson(row);
          else
            print(
              `${row.name.padEnd(44)} ours ${show(row.ours)}  theirs ${show(row.theirs)}  ratio ${show(row.ratio)}  ${row.unit}`,
            );
        }
      }
    });
}

const show = (value: number): string => value.toPrecision(4).padStart(9);

/** A benchmark is a file of bench/ with a `run`; helpers there end in -data or -worker. */
function available(folder: string): string[] {
  try {
    const files = readdirSync(folder).filter(
      (f) => f.endsWith(".js") && !/-(data|worker|shared)\.js$/.test(f),
    );
    return files.map((f) => f.slice(0, -3)).sort();
  } catch (cause) {
    throw new UsageError("NO_BENCH", "the benchmarks come with a checkout, not with the installed package", {
      cause,
    });
  }
}
