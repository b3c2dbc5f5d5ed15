import { constants } from "node:fs";
import { access, readdir } from "node:fs/promises";
import { platform } from "node:os";
import type { Finding } from "./finding.js";

/** Serial ports of this machine and whether this user may open them. Never throws. */
export async function* portFindings(): AsyncGenerator<Finding> {
  let ports: readonly { readonly path: string; readonly says: string }[];
  try {
    ports = await listPorts();
  } catch (thrown) {
    yield {
      name: "serial ports",
      state: "info",
      detail: `cannot be listed: ${(thrown as Error).message}`,
      hint: "name the port in full; it works without the list",
    };
    return;
  }
  if (ports.length === 0) {
    yield {
      name: "serial ports",
      state: "info",
      detail: "none: no laser, AOTF or shutter is plugged in here",
    };
  }
  for (const { path, says } of ports) {
    const allowed =
      !path.startsWith("/") ||
      (await access(path, constants.R_OK | constants.W_OK).then(
        () => true,
        () => false,
      ));
    yield {
      name: "serial port",
      state: allowed ? "ok" : "info",
      detail: `${path}${says === "" ? "" : ` (${says})`}${allowed ? "" : ": this user may not open it"}`,
      ...(allowed ? {} : { hint: "sudo usermod -aG dialout $USER (or uucp), then log in again" }),
    };
  }
}

async function listPorts(): Promise<{ path: string; says: string }[]> {
  const { SerialPort } = await import("serialport");
  try {
    const found = await SerialPort.list();
    return found.map((port) => ({
      path: port.path,
      says: [port.manufacturer, port.serialNumber, port.pnpId]
        .filter((word) => word !== undefined)
        .join(", "),
    }));
  } catch (thrown) {
    // On Linux the list comes from `udevadm`, which containers lack: look at the nodes themselves.
    if (platform() !== "linux") throw thrown;
    const byId = await readdir("/dev/serial/by-id").catch(() => [] as string[]);
    const nodes =
      byId.length > 0
        ? byId.map((name) => `/dev/serial/by-id/${name}`)
        : (await readdir("/dev"))
            .filter((name) => /^tty(USB|ACM|AMA)\d+$/.test(name))
            .map((name) => `/dev/${name}`);
    return nodes.map((path) => ({ path, says: "" }));
  }
}
