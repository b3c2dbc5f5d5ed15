import { ConfigError } from "../../src/core/index.js";
import type { LightServices } from "../context.js";
import type { LightSpec } from "./spec.js";

/** The port of a source: as configured, else the one whose USB serial number is the device's. @throws ConfigError */
export async function portOf(spec: LightSpec, index: number, light: LightServices): Promise<string> {
  if (spec.port !== undefined) return spec.port;
  const where = `rig.light.${index}${light.lineOf(["rig", "light", index])}`;
  const ports = await usbPorts();
  const found = ports.filter((p) => p.serialNumber === spec.serialNumber);
  if (found.length === 1) return found[0]?.path as string;
  const seen = ports.map((p) => `${p.path} (${p.serialNumber ?? "no number"})`).join(", ") || "none";
  throw new ConfigError(
    "NO_PORT",
    `${spec.name}: no USB port has the serial number ${spec.serialNumber}; there are: ${seen}`,
    {
      where,
      hint: "give its `port`; the device's own number is then checked too",
    },
  );
}

async function usbPorts(): Promise<
  readonly { readonly path: string; readonly serialNumber?: string | undefined }[]
> {
  const { SerialPort } = await import("serialport");
  // Without udevadm (containers) there is no list.
  return await SerialPort.list().catch(() => []);
}
