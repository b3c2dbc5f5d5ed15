import { Command } from "commander";
import { checkRig } from "../../../drivers/zeromq/index.js";
import { systemClock, UsageError } from "../../core/index.js";
import { print, printJson } from "../output.js";

interface Options {
  readonly events?: string;
  readonly serverKey?: string;
  readonly keys?: string;
  readonly json?: boolean;
}

export function command(): Command {
  return new Command("rig-check")
    .description(
      "Conformance test of any rig server: a line per rule of stedrig/1. It exposes the sample briefly.",
    )
    .argument("<endpoint>", "where the rig takes commands, e.g. tcp://127.0.0.1:5555")
    .option("--events <endpoint>", "where it publishes; default: what it says itself")
    .option("--server-key <key>", "public key of a server that wants CURVE")
    .option("--keys <folder>", "this client's own key files")
    .option("--json", "one JSON document on stdout")
    .addHelpText("after", "\nExample:\n  stedloop rig-check tcp://127.0.0.1:5555 --json")
    .action(async (endpoint: string, options: Options) => {
      const { serverKey, keys } = options;
      if ((serverKey === undefined) !== (keys === undefined)) {
        throw new UsageError("BAD_OPTION", "--server-key and --keys go together");
      }
      const result = await checkRig(endpoint, {
        ...(options.events === undefined ? {} : { events: options.events }),
        ...(serverKey === undefined || keys === undefined ? {} : { curve: { serverKey, keys } }),
        clock: systemClock,
        onCheck: (check) => {
          if (!options.json) print(`${check.ok ? "ok  " : "FAIL"} ${check.name.padEnd(16)} ${check.detail}`);
        },
      });
      if (options.json) printJson(result);
      else print(`${result.passed} passed, ${result.failed} failed`);
      if (result.failed > 0) process.exitCode = 1;
    });
}
