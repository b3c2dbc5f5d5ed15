import { type Clock, silentLogger } from "../../src/core/index.js";
import type { LightIdentity } from "../light-contract.js";
import type { PortPool } from "./line/port-pool.js";
import { serialLight } from "./open.js";

export interface DeviceToDarken {
  readonly name: string;
  readonly device: string;
  readonly port: string;
  readonly serialNumber?: string | undefined;
  readonly channel?: number | undefined;
  readonly baudRate?: number | undefined;
  /** Who was there a moment ago: makes sure of the device with one question. */
  readonly identity?: LightIdentity | undefined;
}

const openMs = 5000;

/**
 * Opens a device, also while another program that is stuck holds its port (where the system lets it), waits for its
 * turn, switches it off, reads back that it is dark, and lets it go. Rejects with what stood in the way.
 */
export async function openForDarkness(
  device: DeviceToDarken,
  on: { readonly clock: Clock; readonly ports: PortPool; readonly turn: Promise<unknown> },
): Promise<void> {
  const { name, port, serialNumber, channel, baudRate, identity } = device;
  const light = await serialLight(
    device.device,
    {
      name,
      path: port,
      clock: on.clock,
      logger: silentLogger,
      heartbeatMs: 0,
      openWithinMs: 1000,
      shared: true,
      ports: on.ports,
      hurry: { identity },
      ...(serialNumber === undefined ? {} : { serialNumber }),
    },
    { ...(channel === undefined ? {} : { channel }), ...(baudRate === undefined ? {} : { baudRate }) },
  );
  // A device that is lost in the middle would be waited for; whoever calls opens it anew.
  const late = on.clock.after(openMs + 2 * light.darkWithinMs, () => void light.release());
  try {
    await light.open();
    await on.turn;
    await light.off("the guard");
  } finally {
    late.cancel();
    await light.release();
  }
}
