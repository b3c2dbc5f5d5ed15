import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import {
  type DestinationStream,
  type Level,
  multistream,
  type Logger as PinoLogger,
  pino,
  type StreamEntry,
} from "pino";
import pretty from "pino-pretty";
import roll from "pino-roll";
import type { Logger } from "../core/index.js";

/** Anything that could carry a secret or pixels is cut out, wherever it stands. */
const redact = [
  "token",
  "*.token",
  "authorization",
  "*.authorization",
  "pixels",
  "*.pixels",
  "secretKey",
  "*.secretKey",
];

/** A file of the log, and how many older ones are kept beside it. */
const fileSize = "20m";
const olderFiles = 4;

/**
 * JSON lines to DATA/logs/stedloop.N.log (`current.log` leads to the newest; a new one every 20 MB, the oldest go), readable lines to stderr.
 * @param terminal least level shown on the terminal; the file gets everything from debug on
 */
export async function openLog(
  data: string | null,
  terminal: Level,
): Promise<{ readonly logger: Logger; readonly flush: () => void }> {
  const streams: StreamEntry[] = [{ level: terminal, stream: terminalStream() }];
  let file: Awaited<ReturnType<typeof roll>> | null = null;
  if (data !== null) {
    const folder = join(data, "logs");
    mkdirSync(data, { recursive: true });
    // Alone: with `recursive` Node says of a read-only file system that the folder is not there.
    if (!existsSync(folder)) mkdirSync(folder);
    file = await roll({
      file: join(folder, "stedloop"),
      size: fileSize,
      limit: { count: olderFiles, removeOtherLogFiles: true },
      symlink: true,
      sync: false,
    });
    // A full disk must not end the run: the journal is what refuses, the log is let go.
    file.on("error", () => undefined);
    streams.push({ level: "debug", stream: file });
  }
  const logger: PinoLogger = pino({ level: "debug", redact, base: null }, multistream(streams));
  return {
    logger: adapt(logger),
    flush: () => {
      try {
        file?.flushSync();
      } catch {
        // Not open yet or nothing to write.
      }
    },
  };
}

function terminalStream(): DestinationStream {
  return pretty({
    destination: 2,
    sync: true,
    colorize: process.stderr.isTTY === true,
    translateTime: "HH:MM:ss",
    ignore: "pid,hostname,run",
  });
}

function adapt(logger: PinoLogger): Logger {
  const write =
    (level: "debug" | "info" | "warn" | "error") =>
    (fields: object, message?: string): void =>
      logger[level](fields, message);
  return {
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
    child: (fields) => adapt(logger.child(fields)),
  };
}

/** The same logger with more fields in every line, taken anew each time: which run, which step. */
export function stamped(logger: Logger, stamp: () => object): Logger {
  const write =
    (level: "debug" | "info" | "warn" | "error") =>
    (fields: object, message?: string): void =>
      logger[level]({ ...stamp(), ...fields }, message);
  return {
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
    child: (fields) => stamped(logger.child(fields), stamp),
  };
}
