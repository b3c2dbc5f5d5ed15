import type { LightIdentity, LightKind, LightLimits, LightStatus } from "../../light-contract.js";
import type { Command, Dialect, Line } from "../line/command.js";

/** What a config or a command line may say of a device beside its port. */
export interface DeviceSettings {
  /** Line of a multi-line laser, channel of an AOTF or hub, SCPI index behind a remote. */
  readonly channel?: number;
  readonly baudRate?: number;
  /** A firmware, word for word, that is taken although the driver does not know it. */
  readonly acceptFirmware?: string;
}

/** One kind of device: what is peculiar to it. Everything else (confirmation, off, reconnect) is in serial-light.ts. */
export interface LightDevice {
  /** As in an error: "no MPB VFL answers there". */
  readonly title: string;
  readonly light: LightKind;
  readonly dialect: Dialect;
  /** Puts the conversation in order (echo off …) and says who answers. Changes no light. @throws ProtocolError WRONG_DEVICE */
  identify(line: Line): Promise<LightIdentity>;
  /** A harmless question whose answer is known once the device is: proves that an answer is not a late one. */
  landmark?(identity: LightIdentity): Command<boolean> | null;
  /** Whether it shines, where one question tells: false = dark for certain. Asked often while it should shine. */
  readonly glance?: Command<boolean>;
  limits(line: Line): Promise<LightLimits>;
  status(line: Line): Promise<LightStatus>;
  /** Absent: a shutter. @param powerMw inside the limits */
  setPower?(line: Line, powerMw: number, before: LightStatus): Promise<void>;
  /** How far the set point that is read back may lie from what was asked, mW. */
  toleranceMw(powerMw: number): number;
  /** Asks for light; that it came is seen from `status`. */
  switchOn(line: Line, before: LightStatus): Promise<void>;
  /** Asks for darkness. @param attempt 1, 2, … : other ways may be tried too when the first did not work */
  switchOff(line: Line, attempt: number): Promise<void>;
  /** It warms up before it can be switched on, and says so; else it warms up after. */
  readonly warmsInTheDark: boolean;
  readonly warmWithinMs: number;
  /** From `switchOn` of a warm device to emission, delays of laser safety included. */
  readonly onWithinMs: number;
  /** From `off` to confirmed dark at worst, on a healthy line. */
  readonly darkWithinMs: number;
}

export type DeviceFactory = (settings: DeviceSettings) => LightDevice;
