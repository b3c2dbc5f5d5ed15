import { readFileSync } from "node:fs";
import { Command } from "commander";
import { InputError, UsageError } from "../../core/index.js";
import { parseForeignSpace, serveStdio } from "../../optimiser/index.js";

export function command(): Command {
  return new Command("optimise")
    .description(
      "Our optimiser for other people's rigs: ask and tell, a JSON line each, on stdin and stdout.",
    )
    .option("--stdio", "speak on stdin and stdout")
    .requiredOption("--space <file>", "JSON: parameters, objectives, seed (docs/science/optimiser.md)")
    .option("--json", "accepted for symmetry; every line is JSON")
    .addHelpText("after", `\nExample:\n  echo '{"op":"ask"}' | stedloop optimise --stdio --space space.json`)
    .action(async (options: { stdio?: boolean; space: string }) => {
      if (!options.stdio)
        throw new UsageError("BAD_OPTION", "say --stdio: there is no other way in yet", {
          where: "optimise",
        });
      const space = parseForeignSpace(readJson(options.space), options.space);
      await serveStdio({ input: process.stdin, output: process.stdout, space });
    });
}

function readJson(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new UsageError("FILE_UNREADABLE", (cause as Error).message, { cause });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InputError("NOT_JSON", `not JSON: ${(cause as Error).message}`, { where: file, cause });
  }
}
