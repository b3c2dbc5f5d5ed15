import type { DeviceFactory } from "./light/device.js";

/** Kind of device in the config and on the command line -> driver; loaded only when named. */
export const serialDevices: Readonly<Record<string, () => Promise<DeviceFactory>>> = {
  "mpb-vfl": async () => (await import("./mpb-vfl/device.js")).mpbVfl,
  "cobolt-06": async () => (await import("./cobolt-06/device.js")).cobolt06,
  "aa-mpds": async () => (await import("./aa-mpds/device.js")).aaMpds,
  skyra: async () => (await import("./skyra/device.js")).skyra,
};
