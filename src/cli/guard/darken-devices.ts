import { type DeviceToDarken, openForDarkness, PortPool } from "../../../drivers/serial/index.js";
import { type Clock, toStedError } from "../../core/index.js";

/** Gates are shut before lasers are told. */
export type GuardedDeviceOrder = DeviceToDarken & { readonly gate: boolean };

export interface Darkened {
  readonly name: string;
  /** Read back from the device. */
  readonly dark: boolean;
  /** From the order to act until then. */
  readonly ms: number;
  readonly error?: string;
}
const gatesFirstMs = 300;
/** Then the daemon, which has not beaten for a lease while light was on, is ended. */
const politeMs = 1500;
const giveUpMs = 60_000;

/**
 * Everything off, each device by itself, again and again until it says dark or a minute is over. All are opened at
 * once; lasers wait for the gates to shut, though not for long.
 */
export async function darkenDevices(
  devices: readonly GuardedDeviceOrder[],
  clock: Clock,
  daemon: number,
): Promise<readonly Darkened[]> {
  const began = clock.monotonic();
  let dark = false;
  // A daemon that is stuck may hold a port (Windows), or wake up and talk in between.
  const last = clock.after(politeMs, () => {
    if (!dark) kill(daemon);
  });
  const ports = new PortPool();
  const darken = async (device: GuardedDeviceOrder, turn: Promise<unknown>): Promise<Darkened> => {
    const { name } = device;
    let error = "";
    for (;;) {
      try {
        await openForDarkness(device, { clock, ports, turn });
        return { name, dark: true, ms: Math.round(clock.monotonic() - began) };
      } catch (thrown) {
        error = toStedError(thrown).line;
      }
      const ms = Math.round(clock.monotonic() - began);
      if (ms > giveUpMs) return { name, dark: false, ms, error };
      await clock.sleep(100);
    }
  };
  const now = Promise.resolve();
  const gates = Promise.all(devices.filter((d) => d.gate).map((d) => darken(d, now)));
  const patience = new AbortController();
  const shut = Promise.race([gates, clock.sleep(gatesFirstMs, patience.signal)]);
  const lasers = Promise.all(devices.filter((d) => !d.gate).map((d) => darken(d, shut)));
  await shut;
  patience.abort();
  const all = [...(await gates), ...(await lasers)];
  dark = true;
  last.cancel();
  return all;
}

function kill(daemon: number): void {
  try {
    process.kill(daemon, "SIGKILL");
  } catch {
    // It is gone already.
  }
}
