import { type Clock, DeadlineError, ProtocolError } from "../../../src/core/index.js";
import type { LightCommand, LightLimits, LightStatus } from "../../light-contract.js";
import { type Line, refusal } from "../line/command.js";
import type { LightDevice } from "./device.js";

const lookEveryMs = 100;

export interface Applying {
  readonly device: LightDevice;
  /** Reads the device, and lets everybody know. */
  readonly status: () => Promise<LightStatus>;
  readonly line: Line;
  readonly clock: Clock;
  readonly limits: LightLimits;
}

/** Power, then light, each believed only when the device's own status says so. See LightSource.apply for the errors. */
export async function applyCommand(on: Applying, command: LightCommand): Promise<LightStatus> {
  const { device, line, limits } = on;
  let status = await on.status();
  if (command.on) refuseLight(status);
  const { powerMw } = command;
  if (powerMw !== undefined) {
    if (device.setPower === undefined) throw refusal("OUT_OF_RANGE", "a shutter takes no power");
    checkRange(powerMw, limits);
    if (status.warm === false && device.warmsInTheDark) status = await untilWarm(on);
    await device.setPower(line, powerMw, status);
    status = await on.status();
    // While it warms up some devices ignore a set point: it is sent again below.
    if (!agrees(device, status, powerMw) && status.warm !== false) throw notTaken(powerMw, status);
  }
  if (command.on && status.on !== true) {
    if (status.warm === false && device.warmsInTheDark) status = await untilWarm(on);
    refuseLight(status);
    await device.switchOn(line, status);
    status = await untilOn(on);
  }
  if (powerMw !== undefined && device.setPower !== undefined && !agrees(device, status, powerMw)) {
    if (status.warm === false) status = await untilWarm(on);
    await device.setPower(line, powerMw, status);
    status = await on.status();
    if (!agrees(device, status, powerMw)) throw notTaken(powerMw, status);
  }
  return status;
}

/** What must not be: light although interlock, key or a fault say no. Alarms (`ALARM_…`) are shown and do not stop. */
export function refuseLight(status: LightStatus): void {
  if (status.interlock === "open")
    throw refusal(
      "INTERLOCK",
      "the interlock is open",
      "close the door or cover, then reset the interlock at the device",
    );
  const faults = status.faults.filter((f) => !f.code.startsWith("ALARM_"));
  const key = faults.find((f) => f.code.startsWith("KEY"));
  if (key !== undefined) throw refusal("KEY", key.message);
  if (status.key === "off") throw refusal("KEY", "the key is off", "turn the key on");
  if (faults.length > 0) throw refusal("FAULT", faults.map((f) => f.message).join("; "));
}

function checkRange(powerMw: number, limits: LightLimits): void {
  if (powerMw >= limits.minMw && powerMw <= limits.maxMw) return;
  throw refusal(
    "OUT_OF_RANGE",
    `${powerMw} mW is outside the device's ${limits.minMw} … ${limits.maxMw} mW`,
    limits.minMw > 0 && powerMw < limits.minMw
      ? "below its least power it can only be off"
      : "choose a value inside",
  );
}

function agrees(device: LightDevice, status: LightStatus, powerMw: number): boolean {
  return status.setPointMw !== null && Math.abs(status.setPointMw - powerMw) <= device.toleranceMw(powerMw);
}

function notTaken(powerMw: number, status: LightStatus): ProtocolError {
  const is = status.setPointMw === null ? "nothing" : `${status.setPointMw} mW`;
  return new ProtocolError("READBACK", `it was set to ${powerMw} mW and reads back ${is}`, {
    hint: "is it in constant-power mode and under remote control?",
    data: { powerMw, setPointMw: status.setPointMw },
  });
}

function untilWarm(on: Applying): Promise<LightStatus> {
  return until(on, on.device.warmWithinMs, "warm", (status) => status.warm !== false);
}

function untilOn(on: Applying): Promise<LightStatus> {
  const { onWithinMs, warmWithinMs } = on.device;
  return until(
    on,
    onWithinMs,
    "on",
    (status) => {
      refuseLight(status);
      return status.on === true && status.warm !== false;
    },
    warmWithinMs,
  );
}

/** Looks until `good`; while the device warms up the time runs to `warmingMs` instead. */
async function until(
  on: Applying,
  withinMs: number,
  what: string,
  good: (status: LightStatus) => boolean,
  warmingMs = withinMs,
): Promise<LightStatus> {
  const { clock, line } = on;
  const start = clock.monotonic();
  for (;;) {
    const status = await on.status();
    if (good(status)) return status;
    const limitMs = status.warm === false ? Math.max(withinMs, warmingMs) : withinMs;
    if (clock.monotonic() - start > limitMs) {
      throw new DeadlineError("NOT_CONFIRMED", `it did not become ${what} within ${limitMs / 1000} s`, {
        hint: "look at the device's own display",
      });
    }
    await line.pause(lookEveryMs);
  }
}
