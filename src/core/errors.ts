/**
 * All errors that leave a room. Each says what was wrong (`message`), where (`where`), and what the
 * person at the microscope does about it (`hint`). `code` is stable and greppable.
 */
export interface ErrorDetails {
  /** Place of the fault: a file and line, a config path, an endpoint, a parameter. */
  readonly where?: string;
  /** What to do, in one sentence. */
  readonly hint?: string;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** Longer texts lose their middle: what went wrong stands at an end. */
const mostLetters = 1500;
// Foreign names come into messages: a terminal must not obey them.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
const unprintable = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** A text fit to be shown to a person, whatever bytes it was made of. */
function showable(text: string): string {
  const clean = text.replace(unprintable, "\u00b7");
  if (clean.length <= mostLetters) return clean;
  return `${clean.slice(0, mostLetters / 2)} … ${clean.slice(-mostLetters / 3)}`;
}

export class StedError extends Error {
  readonly where: string | undefined;
  readonly hint: string | undefined;
  readonly data: Readonly<Record<string, unknown>>;
  /** Exit code of a command that ends with this error: 2 = wrong use, 1 = failed. */
  readonly exitCode: 1 | 2 = 1;

  constructor(
    readonly code: string,
    message: string,
    details: ErrorDetails = {},
  ) {
    super(showable(message), details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.where = details.where === undefined ? undefined : showable(details.where);
    this.hint = details.hint === undefined ? undefined : showable(details.hint);
    this.data = details.data ?? {};
  }

  /** One line for an operator; never a stack. */
  get line(): string {
    const at = this.where === undefined ? "" : `${this.where}: `;
    const todo = this.hint === undefined ? "" : ` (${this.hint})`;
    return `${at}${this.message}${todo}`.replace(/\s*\n\s*/g, "; ");
  }
}

/** A command was used wrongly. Operator: read the line, see `--help`. */
export class UsageError extends StedError {
  override readonly exitCode = 2;
}
/** The configuration is wrong. Operator: edit the named line. */
export class ConfigError extends StedError {
  override readonly exitCode = 2;
}
/** A file or message that somebody gave us is not what it should be. Operator: give another one. */
export class InputError extends StedError {
  override readonly exitCode = 2;
}
/** A rig, device or server cannot be reached or was lost. Operator: check power, cable, address. */
export class ConnectError extends StedError {}
/** The other side answered, but not by the protocol, or refused. `code` is its own code. */
export class ProtocolError extends StedError {
  get retryable(): boolean {
    return this.data.retryable === true;
  }
}
/** Something did not happen within its time. Operator: look at the rig; the light is off. */
export class DeadlineError extends StedError {}
/** A frame could not be scored or an engine could not run. */
export class ScoreError extends StedError {}
/** Outside the envelope. Operator: lower the value or edit `limits`; the loop holds, light off. */
export class SafetyTrip extends StedError {}
/** The optimiser could not do what was asked of it. */
export class FitError extends StedError {}
/** The journal or a file could not be written or read. Operator: disk, permissions. */
export class StoreError extends StedError {}

export const errorClasses = {
  StedError,
  UsageError,
  ConfigError,
  InputError,
  ConnectError,
  ProtocolError,
  DeadlineError,
  ScoreError,
  SafetyTrip,
  FitError,
  StoreError,
} as const;

/** An error as plain data, to cross a thread, a socket or a log. */
export interface WireError {
  readonly name: string;
  readonly code: string;
  readonly message: string;
  readonly where?: string;
  readonly hint?: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** Any thrown value as a StedError; foreign errors become `INTERNAL` and keep their cause. */
export function toStedError(thrown: unknown): StedError {
  if (thrown instanceof StedError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new StedError("INTERNAL", message, { cause: thrown });
}

export function errorToWire(thrown: unknown): WireError {
  const e = toStedError(thrown);
  return {
    name: e.name,
    code: e.code,
    message: e.message,
    ...(e.where === undefined ? {} : { where: e.where }),
    ...(e.hint === undefined ? {} : { hint: e.hint }),
    ...(Object.keys(e.data).length === 0 ? {} : { data: e.data }),
  };
}

export function errorFromWire(wire: WireError): StedError {
  const Class = errorClasses[wire.name as keyof typeof errorClasses] ?? StedError;
  return new Class(wire.code, wire.message, {
    ...(wire.where === undefined ? {} : { where: wire.where }),
    ...(wire.hint === undefined ? {} : { hint: wire.hint }),
    ...(wire.data === undefined ? {} : { data: wire.data }),
  });
}
