import { Command } from "commander";
import { importTorch } from "../../training/index.js";
import { print, printJson, say } from "../output.js";

interface Options {
  readonly stats: string;
  readonly network?: string;
  readonly out: string;
  readonly json?: boolean;
}

export function command(): Command {
  return new Command("import-torch")
    .description(
      "A model bundle out of a published legacy PyTorch network; reads the file, runs nothing in it.",
    )
    .argument("<params.net>", "the authors' weights")
    .requiredOption("--stats <file>", "JSON: {min, max, scaling} or {networks: {NAME: that}}")
    .option("--network <name>", "which of the networks in --stats")
    .requiredOption("--out <folder>", "the bundle to write")
    .option("--json", "one JSON document on stdout")
    .addHelpText(
      "after",
      "\nExample:\n  stedloop import-torch Actin/params.net --stats stats.json --out models/published-actin",
    )
    .action((params: string, options: Options) => {
      const { folder, name, licence } = importTorch({
        params,
        stats: options.stats,
        out: options.out,
        ...(options.network === undefined ? {} : { network: options.network }),
      });
      say(licence ?? "No licence lay beside the weights: ask their authors before you use them.");
      if (options.json) printJson({ folder, name, licence });
      else print(`${name} written to ${folder}`);
    });
}
