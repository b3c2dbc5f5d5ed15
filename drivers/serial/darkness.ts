import { type Clock, silentLogger } from "../../src/core/index.js";
import { serialLight } from "./open.js";

export interface DeviceToDarken {
  readonly name: string;
  readonly device: string;
  readonly port: string;
  readonly serialNumber?: string | undefined;
  readonly channel?: number | undefined;
  readonly baudRate?: number | undefined;
}

/**
 * Opens a device, also while another program that is stuck holds its port (where the system lets it), switches it off,
 * reads back that it is dark, and lets it go. Rejects with what stood in the way.
 */
export async function openForDarkness(device: DeviceToDarken, clock: Clock): Promise<void> {
  const { name, port, serialNumber, channel, baudRate } = device;
  const light = await serialLight(
    device.device,
    {
      name,
      path: port,
      clock,
      logger: silentLogger,
      heartbeatMs: 0,
      openWithinMs: 1000,
      shared: true,
      ...(serialNumber === undefined ? {} : { serialNumber }),
    },
    { ...(channel === undefined ? {} : { channel }), ...(baudRate === undefined ? {} : { baudRate }) },
  );
  try {
    await light.open();
    await light.off("the guard");
  } finally {
    await light.release();
  }
}
