import { Command } from "commander";
import { systemClock } from "../../core/index.js";

export function command(): Command {
  return new Command("guard")
    .description(
      "Started by the daemon beside a rig with serial light sources: switches them off when the daemon dies or stalls.",
    )
    .addHelpText(
      "after",
      "\nExample: none; it takes its orders on stdin from the daemon (docs/safety.md). Without orders it ends with its input.",
    )
    .action(async () => {
      // Ctrl-C and a service manager's SIGTERM reach the whole group: the daemon ends first, properly, then the pipe closes.
      for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => undefined);
      const { GuardProcess } = await import("../guard/guard-process.js");
      process.exitCode = await new GuardProcess(systemClock).run(process.stdin);
      process.exit();
    });
}
