import { ProtocolError } from "../../../src/core/index.js";
import type { Cut } from "./framing.js";

/** One command to a device and how its answer is read. Bytes are latin1 text throughout. */
export interface Command<T> {
  /** As sent, without the line end, which the dialect adds. */
  readonly send: string;
  /**
   * `query` changes nothing and is repeated when it fails; `set` is sent once, though an urgent one may be sent twice
   * (it means the same twice); `toggle` must never be sent twice.
   */
  readonly kind: "query" | "set" | "toggle";
  /**
   * The answer's meaning. @throws Misfit where this cannot be the answer to this command (it is dropped and the wait
   * goes on); ProtocolError where the device refused
   */
  readonly read: (reply: string) => T;
  /** Where this command's answer ends, if otherwise than the dialect says. */
  readonly cut?: Cut;
  readonly timeoutMs?: number;
  /** The device answers nothing to this command. */
  readonly silent?: true;
}

/** How a kind of device talks. */
export interface Dialect {
  readonly baudRate: number;
  /** Line end of what is sent. */
  readonly end: string;
  readonly cut: Cut;
  /** Least time between the starts of two commands, ms. */
  readonly betweenMs: number;
  readonly timeoutMs: number;
  /** A prompt that may stand alone between answers and means nothing. */
  readonly idle?: RegExp;
}

/** What a device driver sees of the port: one command in flight, its own answer or an error. */
export interface Line {
  ask<T>(command: Command<T>): Promise<T>;
  /** Waits; ends early (rejecting) when the light is to go off or the port is lost. */
  pause(ms: number): Promise<void>;
}

type Extra = Omit<Partial<Command<unknown>>, "send" | "kind" | "read">;

export function query<T>(send: string, read: (reply: string) => T, extra: Extra = {}): Command<T> {
  return { send, kind: "query", read, ...extra };
}

export function set(send: string, read: (reply: string) => void, extra: Extra = {}): Command<void> {
  return { send, kind: "set", read, ...extra };
}

/** The text cannot be the answer to the pending command: an older one, an echo, noise. */
export class Misfit extends Error {}

/** A device's "no". `code`: INTERLOCK, KEY, FAULT, OUT_OF_RANGE, REFUSED… */
export function refusal(code: string, message: string, hint?: string): ProtocolError {
  return new ProtocolError(code, message, hint === undefined ? {} : { hint });
}

/** A finite number at the start of the answer, units after it ignored. @throws Misfit */
export function number(text: string): number {
  const found = /^\s*[=:]?\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?![\d.])/.exec(text);
  const value = Number(found?.[1] ?? Number.NaN);
  if (!Number.isFinite(value)) throw new Misfit(`'${text}' is no number`);
  return value;
}

/** Watts as devices tell them, in mW. @throws Misfit */
export function wattsToMw(text: string): number {
  return Math.round(number(text) * 1e6) / 1e3;
}

export function integer(text: string): number {
  const value = number(text);
  if (!Number.isInteger(value)) throw new Misfit(`'${text}' is no whole number`);
  return value;
}

/** Hexadecimal digits, with or without 0x. @throws Misfit */
export function hex(text: string): number {
  const found = /^\s*(?:0x|H)?([0-9a-f]{1,8})h?\s*$/i.exec(text);
  if (found === null) throw new Misfit(`'${text}' is no hexadecimal number`);
  return Number.parseInt(found[1] as string, 16);
}

/** 0/1 (also 01, 1.0), OFF/ON. @throws Misfit */
export function flag(text: string): boolean {
  const word = text.trim().toLowerCase();
  if (/^(0*1(\.0*)?|on|true|enabled)$/.test(word)) return true;
  if (/^(0+(\.0*)?|off|false|disabled)$/.test(word)) return false;
  throw new Misfit(`'${text}' is neither on nor off`);
}

/** Any text with a letter or digit in it. @throws Misfit */
export function words(text: string): string {
  const trimmed = text.trim();
  if (!/[\p{L}\p{N}]/u.test(trimmed)) throw new Misfit(`'${text}' says nothing`);
  return trimmed;
}

/** A number as devices like it: fixed decimals, no trailing zeros, never an exponent. */
export function decimal(value: number, digits: number): string {
  const text = value.toFixed(digits);
  return digits === 0 ? text : text.replace(/\.?0+$/, "");
}

/** Is this the known answer to a landmark question? */
export function fits(command: Command<boolean>, reply: string): boolean {
  try {
    return command.read(reply);
  } catch {
    return false;
  }
}
