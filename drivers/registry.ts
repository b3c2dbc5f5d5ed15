import type { OpenDriver } from "./context.js";

export type {
  DriverContext,
  GuardedDevice,
  LightCrumbs,
  LightGuard,
  LightServices,
  OpenDriver,
  SimulatedRigProcess,
} from "./context.js";

/** Kind in the config -> driver; loaded only when named. */
export const drivers: Readonly<Record<string, () => Promise<OpenDriver>>> = {
  simulated: async () => (await import("./launched/index.js")).openSimulated,
  zeromq: async () => (await import("./zeromq/index.js")).openZeromq,
  "zmq-frames": async () => (await import("./zmq-frames/index.js")).openZmqFrames,
  composite: async () => (await import("./composite/index.js")).openComposite,
  watch: async () => (await import("./watch/index.js")).openWatch,
};
