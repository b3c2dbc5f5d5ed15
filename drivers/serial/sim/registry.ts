import type { DeviceModel } from "./device.js";

/** Kind -> simulated device; loaded only when named. */
export const deviceModels: Readonly<Record<string, () => Promise<DeviceModel>>> = {
  "mpb-vfl": async () => (await import("../mpb-vfl/sim.js")).mpbVfl,
  "cobolt-06": async () => (await import("../cobolt-06/sim.js")).cobolt06,
  "aa-mpds": async () => (await import("../aa-mpds/sim.js")).aaMpds,
};
