import type { DeviceModel } from "./device.js";

/** Kind -> simulated device; loaded only when named. */
export const deviceModels: Readonly<Record<string, () => Promise<DeviceModel>>> = {
  "mpb-vfl": async () => (await import("../mpb-vfl/sim.js")).mpbVfl,
  "cobolt-06": async () => (await import("../cobolt-06/sim.js")).cobolt06,
  skyra: async () => (await import("../skyra/sim.js")).skyra,
  obis: async () => (await import("../obis/sim.js")).obis,
  "aa-mpds": async () => (await import("../aa-mpds/sim.js")).aaMpds,
  luxx: async () => (await import("../luxx/sim.js")).luxx,
  "ibeam-smart": async () => (await import("../ibeam-smart/sim.js")).ibeamSmart,
  sc10: async () => (await import("../sc10/sim.js")).sc10,
  oxxius: async () => (await import("../oxxius/sim.js")).oxxius,
  katana: async () => (await import("../katana/sim.js")).katana,
};
