import { Command, Option } from "commander";
import { exportRun, openJournalReader } from "../../journal/index.js";
import { print, printJson } from "../output.js";

interface Options {
  readonly to: string;
  readonly format: "csv" | "ome-zarr" | "ome-tiff" | "useq";
  readonly data: string;
  readonly json?: boolean;
}

export function command(): Command {
  return new Command("export")
    .description(
      "Writes a run for other programs: a table of its steps, OME-Zarr, OME-TIFF or useq (MDASequence).",
    )
    .argument("<run>", "id of the run, or 'latest'")
    .requiredOption("--to <folder>", "where to write")
    .addOption(
      new Option("--format <format>", "what to write")
        .choices(["ome-zarr", "ome-tiff", "csv", "useq"])
        .default("ome-zarr"),
    )
    .option("--data <folder>", "where runs are kept", "./data")
    .option("--json", "one JSON document on stdout")
    .addHelpText("after", "\nExample:\n  stedloop export latest --to exported --format csv")
    .action(async (run: string, options: Options) => {
      const reader = await openJournalReader(options.data);
      try {
        const record = await reader.run(run);
        const written = await exportRun(reader, record.run, { to: options.to, format: options.format });
        if (options.json) printJson({ run: record.run, ...written });
        else print(`run ${record.run} written to ${options.to}`);
      } finally {
        await reader.close();
      }
    });
}
