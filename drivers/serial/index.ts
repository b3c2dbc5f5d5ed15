import { serialDevices } from "./registry.js";

export { type DeviceToDarken, openForDarkness } from "./darkness.js";
export type { DeviceSettings } from "./light/device.js";
export { firmwareCode } from "./light/firmware.js";
export type { SerialLightOptions } from "./light/options.js";
export { SerialLight } from "./light/serial-light.js";
export { PortPool } from "./line/port-pool.js";

export const serialKinds: readonly string[] = Object.keys(serialDevices);

export { serialLight } from "./open.js";
