/** The 32 bits of SYST:STAT? [D1; ready and standby while dark: I]. */
import type { Light } from "../sim/light.js";

const fault = 0x0001;
const emission = 0x0002;
const ready = 0x0004;
const standby = 0x0008;
const cdrhDelay = 0x0010;
const warmUp = 0x0100;
const externalMode = 0x0400;
const powerVoltage = 0x1000;
/** Top byte of a Remote: all well, interlock open, key out. */
const remoteWell = 0xc8;
const remoteOpen = 0xcc;
const remoteKey = 0xce;

/** @param external modulated from outside @param behindRemote an OBIS Remote adds its byte */
export function statusWord(light: Light, external: boolean, behindRemote: boolean): string {
  const able = light.refusal === null || light.refusal === "fault";
  const on = light.reportedOn && !light.starting;
  const bits =
    (light.refusal === "fault" && !light.interlockOpen ? fault : 0) |
    (on ? emission : 0) |
    (!on && light.refusal === null && !light.starting ? ready : 0) |
    (able ? powerVoltage : standby) |
    (light.starting && light.warm ? cdrhDelay : 0) |
    (light.warm ? 0 : warmUp) |
    (external ? externalMode : 0);
  const keyIn = light.keyOn && !light.keyCycle;
  const remote = !behindRemote ? 0 : light.interlockOpen ? remoteOpen : keyIn ? remoteWell : remoteKey;
  return hex(remote * 0x1000000 + bits);
}

export function hex(value: number): string {
  return value.toString(16).toUpperCase().padStart(8, "0");
}
