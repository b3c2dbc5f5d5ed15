import { Command } from "commander";
import { newCommand } from "../study/new.js";
import { reportCommand } from "../study/report.js";
import { serveCommand } from "../study/serve.js";
import { simulateCommand } from "../study/simulate.js";

export function command(): Command {
  return new Command("study")
    .description("The user study: are the network's ratings as good as an expert's?")
    .addCommand(newCommand())
    .addCommand(serveCommand())
    .addCommand(simulateCommand())
    .addCommand(reportCommand())
    .addHelpText("after", "\nExample:\n  stedloop study simulate --dataset sets/actin --model actin");
}
