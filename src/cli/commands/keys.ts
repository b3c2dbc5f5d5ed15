import { Command } from "commander";
import { newKeys } from "../../../drivers/zeromq/index.js";
import { print, printJson } from "../output.js";

export function command(): Command {
  const make = new Command("new")
    .description("Key files (0600) of a rig server, a controller and a viewer; never overwrites.")
    .argument("<folder>", "where to write them")
    .option("--json", "one JSON document on stdout")
    .action(async (folder: string, options: { json?: boolean }) => {
      const made = await newKeys(folder);
      if (options.json) return printJson(made);
      print(`server key: ${made.serverKey}`);
      for (const file of made.files) print(file);
    });
  return new Command("keys")
    .description("Keys for rigs on another computer.")
    .addCommand(make)
    .addHelpText("after", "\nExample:\n  stedloop keys new keys");
}
