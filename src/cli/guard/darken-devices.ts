import { type DeviceToDarken, openForDarkness } from "../../../drivers/serial/index.js";
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

/** Everything off, gates first, each device by itself, again and again until it says dark or a minute is over. */
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
      await clock.sleep(100);
    }
  };
  const gates = Promise.all(devices.filter((d) => d.gate).map(darken));
  const patience = new AbortController();
  await Promise.race([gates, clock.sleep(gatesFirstMs, patience.signal)]);
  patience.abort();
  const lasers = await Promise.all(devices.filter((d) => !d.gate).map(darken));
  const all = [...(await gates), ...lasers];
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
