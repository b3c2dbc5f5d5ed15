export { control } from "./control.js";
export type { DeviceFault, DeviceFaults, DeviceModel, Truth } from "./device.js";
export { deviceModels } from "./registry.js";
export {
  type DeviceSim,
  type DeviceSimOptions,
  type DeviceSimStatus,
  faultsOf,
  startDeviceSim,
} from "./simulate.js";
export { wireFaults } from "./wire-faults.js";
