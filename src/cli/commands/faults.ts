import { Command } from "commander";
import { deviceModels, faultsOf } from "../../../drivers/serial/sim/index.js";
import { rigFaults } from "../../../drivers/simulated/index.js";
import { print, printJson } from "../output.js";

export function command(): Command {
  const list = new Command("list")
    .description("The names of all injectable faults, for a fault script.")
    .option("--json", "a JSON line a fault")
    .action(async (options: { json?: boolean }) => {
      const show = (of: string, name: string, what: string, devices?: readonly string[]): void => {
        if (options.json) printJson({ name, of, what, ...(devices === undefined ? {} : { devices }) });
        else print(`${of.padEnd(7)} ${name.padEnd(22)} ${what}${onlyOf(devices)}`);
      };
      for (const [name, { what }] of Object.entries(rigFaults)) show("rig", name, what);
      for (const [name, { what, devices }] of await deviceFaults()) show("device", name, what, devices);
    });
  return new Command("faults")
    .description(
      "What can be made to go wrong on the simulated rig (rig --faults) and the simulated devices (device-sim --faults).",
    )
    .addCommand(list)
    .addHelpText("after", "\nExample:\n  stedloop faults list");
}

type DeviceFault = readonly [string, { readonly what: string; readonly devices: readonly string[] }];

/** Every fault of every simulated device, those of the line first, with the devices that have it. */
async function deviceFaults(): Promise<readonly DeviceFault[]> {
  const found = new Map<string, { what: string; devices: string[] }>();
  for (const [kind, load] of Object.entries(deviceModels)) {
    for (const [name, { what }] of Object.entries(faultsOf(await load()))) {
      const known = found.get(name) ?? { what, devices: [] };
      known.devices.push(kind);
      found.set(name, known);
    }
  }
  return [...found];
}

/** The line's faults are everybody's: no list of devices. */
function onlyOf(devices: readonly string[] | undefined): string {
  if (devices === undefined || devices.length === Object.keys(deviceModels).length) return "";
  return ` [${devices.join(", ")}]`;
}
