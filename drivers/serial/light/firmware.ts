import type { LightStatus } from "../../light-contract.js";

/**
 * A fault that refuses light: the answers of this firmware may mean something else than this driver takes them for.
 * @param known what the facts name
 */
export function unknownFirmware(firmware: string, known: string): LightStatus["faults"][number] {
  return {
    code: firmwareCode,
    message:
      `its firmware '${firmware}' is not one that this driver knows (${known}), so its answers may mean something else: ` +
      `no light; \`acceptFirmware: "${firmware}"\` in the configuration takes it`,
  };
}
export const firmwareCode = "FIRMWARE";
