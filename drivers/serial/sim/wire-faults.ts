/** Faults that any serial line can have, and those that the lasers share. */
import type { DeviceFaults } from "./device.js";

export const wireFaults = {
  chunked: { span: "lasting", what: "answers come in pieces of one to three bytes, milliseconds apart" },
  echo: { span: "lasting", what: "every command is sent back in front of its answer" },
  "reply-late": { span: "command", what: "the answer comes 2 s late; those after it wait behind it" },
  "reply-lost": { span: "command", what: "the command is done, its answer is lost" },
  "reply-cut": { span: "command", what: "the answer breaks off in the middle" },
  "command-lost": { span: "command", what: "the command never arrives" },
  garbage: { span: "command", what: "noise bytes stand in front of the answer" },
  "garbage-at-open": { span: "lasting", what: "noise bytes greet whoever opens the port" },
  "wrong-baud": { span: "lasting", what: "both sides read noise: the baud rate is not the device's" },
  frozen: { span: "lasting", what: "the firmware hangs: nothing is done or answered, light stays as it is" },
  unplug: {
    span: "lasting",
    what: "the cable is pulled (at a command: in the middle of its answer); plugged in again when it ends",
  },
  "other-unit": { span: "lasting", what: "another unit of the same model, with its own serial number" },
  "power-cycle": {
    span: "moment",
    what: "mains off, on again: silent for 1 s (`for`), then dark and at its defaults",
  },
} as const satisfies DeviceFaults;

/** Of devices known to drop what comes too fast (`fastMs` of the model). */
export const paceFaults = {
  "drop-fast": {
    span: "lasting",
    what: "a command too soon after the one before (100 ms; AOTF 25, Katana 50) is silently ignored",
  },
} as const satisfies DeviceFaults;

/** Of everything that makes light and can measure it. */
export const lightFaults = {
  "off-ignored": {
    span: "lasting",
    what: "the first command to switch off after each switching on is acknowledged and ignored",
  },
  "stuck-on": {
    span: "lasting",
    what: "light that is on stays on whatever is commanded (key, interlock and mains still cut it); read back as on",
  },
  "status-lies": { span: "lasting", what: "emission is read back as commanded, whatever the light does" },
  "set-ignored": { span: "lasting", what: "a new power is acknowledged and ignored" },
} as const satisfies DeviceFaults;

export const laserFaults = {
  ...lightFaults,
  "interlock-open": { span: "lasting", what: "the interlock loop is open: no light" },
  "emission-delay": { span: "lasting", what: "light comes seconds after it is switched on" },
  "cold-start": {
    span: "moment",
    what: "dark and cold: warming up (`for`, else the device's own time) before it can emit",
  },
  "over-temperature": { span: "lasting", what: "too hot: light off, a fault until cleared" },
  "power-drift": { span: "lasting", what: "gives 70 % of its set-point and measures that" },
  "read-back-off": { span: "lasting", what: "measures 70 % of the power it gives" },
} as const satisfies DeviceFaults;

/** Of lasers with modulation inputs. */
export const modulationFaults = {
  "modulation-low": {
    span: "lasting",
    what: "the modulation inputs are low: dark in a modulation mode (otherwise they are high)",
  },
} as const satisfies DeviceFaults;

/** Of lasers with a key switch. */
export const keyFaults = {
  "key-off": { span: "lasting", what: "the key switch is off; turning it on again (clear) is a key cycle" },
  "key-cycle": { span: "moment", what: "no light before the key has been turned off and on" },
} as const satisfies DeviceFaults;

/** Of devices whose words depend on their firmware. */
export const firmwareFaults = {
  "unknown-firmware": { span: "lasting", what: "it tells a firmware and a model that no driver knows" },
} as const satisfies DeviceFaults;
