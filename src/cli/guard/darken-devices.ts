import { openForDarkness } from "../../../drivers/serial/index.js";
import { type Clock, toStedError } from "../../core/index.js";
import type { GuardedDeviceOrder } from "./guard-process.js";

export interface Darkened {
  readonly name: string;
  /** Read back from the device. */
  readonly dark: boolean;
  /** From the order to act until then. */
  readonly ms: number;
  readonly error?: string;
}
const gatesFirstMs = 300;
/** A device that cannot be had while the daemon holds its port: then the daemon, which is stuck, goes. */
const politeMs = 1500;
const giveUpMs = 60_000;

/** Everything off, gates first, each device by itself, again and again until it says dark or a minute is over. */
export async function darkenDevices(
  devices: readonly GuardedDeviceOrder[],
  clock: Clock,
  daemon: number,
): Promise<readonly Darkened[]> {
  const began = clock.monotonic();
  const darken = async (device: GuardedDeviceOrder): Promise<Darkened> => {
    const { name } = device;
    let error = "";
    for (;;) {
      try {
        await openForDarkness(device, clock);
        return { name, dark: true, ms: Math.round(clock.monotonic() - began) };
      } catch (thrown) {
        error = toStedError(thrown).line;
      }
      const ms = Math.round(clock.monotonic() - began);
      if (ms > giveUpMs) return { name, dark: false, ms, error };
      if (ms > politeMs) kill(daemon);
      await clock.sleep(100);
    }
  };
  const gates = Promise.all(devices.filter((d) => d.gate).map(darken));
  const patience = new AbortController();
  await Promise.race([gates, clock.sleep(gatesFirstMs, patience.signal)]);
  patience.abort();
  const lasers = await Promise.all(devices.filter((d) => !d.gate).map(darken));
  return [...(await gates), ...lasers];
}

function kill(daemon: number): void {
  try {
    process.kill(daemon, "SIGKILL");
  } catch {
    // It is gone already.
  }
}
