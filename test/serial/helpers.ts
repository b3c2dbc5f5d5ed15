import type { LightCommand, LightEvent } from "../../drivers/light-contract.js";
import type { DeviceFactory, DeviceSettings } from "../../drivers/serial/light/device.js";
import type { SerialLightOptions } from "../../drivers/serial/light/options.js";
import { SerialLight } from "../../drivers/serial/light/serial-light.js";
import { type Approved, silentLogger, systemClock } from "../../src/core/index.js";
import { approveLight } from "../../src/safety/index.js";

export interface Opened {
  readonly light: SerialLight;
  readonly events: LightEvent[];
  readonly wire: string[];
}

/** A driver on a port, not opened yet; it remembers what it told and what went over the wire. */
export function driver(
  factory: DeviceFactory,
  path: string,
  options: Partial<SerialLightOptions> = {},
  settings: DeviceSettings = {},
): Opened {
  const events: LightEvent[] = [];
  const wire: string[] = [];
  const light = new SerialLight(factory(settings), {
    name: "laser",
    path,
    clock: systemClock,
    logger: silentLogger,
    heartbeatMs: 0,
    trace: (direction, text) => wire.push(`${direction} ${text}`),
    ...options,
  });
  light.subscribe((event) => events.push(event));
  return { light, events, wire };
}

export function approved(command: Omit<LightCommand, "source">, maxMw = 10_000): Approved<LightCommand> {
  return approveLight({ source: "laser", ...command }, { laser: { maxMw } });
}

/** The next event of a kind. */
export function event(light: SerialLight, type: LightEvent["type"]): Promise<LightEvent> {
  return new Promise((resolve) => {
    const stop = light.subscribe((told) => {
      if (told.type !== type) return;
      stop();
      resolve(told);
    });
  });
}
