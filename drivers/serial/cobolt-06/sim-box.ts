/** What a single head and a Skyra answer alike: the questions to the box as a whole, and its refusals. [M] */
import type { Light, Refusal } from "../sim/light.js";
import { ok } from "./sim-head.js";

export interface CoboltBox {
  readonly light: Light;
  readonly gom: number;
  /** `l?`: light is on, its delay over. */
  readonly isOn: boolean;
  readonly autostartOn: boolean;
}

/** `f?`: 0 none, 1 temperature, 3 interlock. */
export function faultOf(light: Light): number {
  if (light.interlockOpen || light.latched.has("interlock")) return 3;
  return light.hot || light.latched.has("temperature") ? 1 : 0;
}

/** @returns null when it is none of the questions to the box */
export function boxAnswer(box: CoboltBox, query: string): string | null {
  const { light } = box;
  const bit = (value: boolean): string => (value ? "1" : "0");
  switch (query) {
    case "?":
    // Ahead of everything else it means "device mode", which this box never leaves.
    case "1":
      return ok;
    case "hrs?":
      return "123.45";
    case "f?":
      return String(faultOf(light));
    case "ilk?":
      return bit(light.interlockOpen);
    case "gkses?":
    case "@cobasks?":
      return bit(light.keyOn);
    case "gom?":
      return String(box.gom);
    case "l?":
      return bit(box.isOn);
    case "@cobas?":
      return bit(box.autostartOn);
    default:
      return null;
  }
}

/** What `l1` answers. */
export function directAnswer(refusal: Refusal | null): string {
  if (refusal === null) return ok;
  return refusal === "fault" || refusal === "interlock"
    ? "Syntax error: laser is in fault mode."
    : "Syntax error: not allowed, laser is in autostart mode.";
}
