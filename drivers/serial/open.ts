import { fromRegistry } from "../../src/core/index.js";
import type { DeviceSettings } from "./light/device.js";
import type { SerialLightOptions } from "./light/options.js";
import { SerialLight } from "./light/serial-light.js";
import { serialDevices } from "./registry.js";

/** A driver of that kind, not opened yet. @throws UsageError for an unknown kind */
export async function serialLight(
  kind: string,
  options: SerialLightOptions,
  settings: DeviceSettings = {},
): Promise<SerialLight> {
  return new SerialLight((await fromRegistry("device", serialDevices, kind))(settings), options);
}
