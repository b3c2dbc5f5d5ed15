import type { DeviceFactory } from "./light/device.js";

/** Kind of device in the config and on the command line -> driver; loaded only when named. */
export const serialDevices: Readonly<Record<string, () => Promise<DeviceFactory>>> = {
  "mpb-vfl": async () => (await import("./mpb-vfl/device.js")).mpbVfl,
  "cobolt-06": async () => (await import("./cobolt-06/device.js")).cobolt06,
  "aa-mpds": async () => (await import("./aa-mpds/device.js")).aaMpds,
  skyra: async () => (await import("./skyra/device.js")).skyra,
  obis: async () => (await import("./obis/device.js")).obis,
  luxx: async () => (await import("./luxx/device.js")).luxx,
  "ibeam-smart": async () => (await import("./ibeam-smart/device.js")).ibeamSmart,
  sc10: async () => (await import("./sc10/device.js")).sc10,
  oxxius: async () => (await import("./oxxius/device.js")).oxxius,
  katana: async () => (await import("./katana/device.js")).katana,
};
