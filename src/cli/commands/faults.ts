import { Command } from "commander";
import { rigFaults } from "../../../drivers/simulated/index.js";
import { print, printJson } from "../output.js";

export function command(): Command {
  const list = new Command("list")
    .description("The names of all injectable faults, for a fault script.")
    .option("--json", "a JSON line a fault")
    .action((options: { json?: boolean }) => {
      for (const [name, { what }] of Object.entries(rigFaults)) {
        if (options.json) printJson({ name, of: "rig", what });
        else print(`${name.padEnd(22)} ${what}`);
      }
    });
  return new Command("faults")
    .description("What can be made to go wrong on the simulated rig (rig --faults FILE).")
    .addCommand(list)
    .addHelpText("after", "\nExample:\n  stedloop faults list");
}
