import { Command } from "commander";
import type { Finding } from "../finding.js";
import { print, printJson } from "../output.js";

export function command(): Command {
  return new Command("doctor")
    .description(
      "What works on this machine: engines (each with a real inference), sockets, journal, disk, page, serial ports, configuration.",
    )
    .option("--config <file>", "also check this configuration")
    .option("--data <folder>", "the data folder that would be used", "./data")
    .option("--json", "one JSON document on stdout")
    .addHelpText("after", "\nExample:\n  stedloop doctor --config config/zeromq-rig.yaml")
    .action(async (options: { config?: string; data: string; json?: boolean }) => {
      const { examine } = await import("../examine.js");
      const findings: Finding[] = [];
      for await (const finding of examine(options)) {
        findings.push(finding);
        if (options.json) continue;
        const mark = { ok: "ok   ", info: "     ", fault: "FAULT" }[finding.state];
        print(
          `${mark} ${finding.name.padEnd(18)} ${finding.detail}${finding.hint === undefined ? "" : `\n${" ".repeat(25)}→ ${finding.hint}`}`,
        );
      }
      const faults = findings.filter((f) => f.state === "fault").length;
      if (options.json) printJson({ findings, faults });
      else print(faults === 0 ? "everything that is needed works" : `${faults} to mend`);
      if (faults > 0) process.exitCode = 1;
    });
}
