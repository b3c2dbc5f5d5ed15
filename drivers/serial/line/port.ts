import { stat } from "node:fs/promises";
import { type Clock, ConnectError } from "../../../src/core/index.js";

/** One connection to a serial port. Never reused: a reconnect opens a new one. */
export interface Port {
  /** Writes now or not at all: nothing is kept for a later connection. Returns false on a port that is gone. */
  write(text: string): boolean;
  close(): Promise<void>;
}
export interface PortOptions {
  readonly path: string;
  readonly baudRate: number;
  readonly clock: Clock;
  readonly openWithinMs: number;
  /** Takes no lock, so that a port that a stuck program holds can be had too (not on Windows). */
  readonly shared: boolean;
  readonly onData: (text: string) => void;
  /** Once, unless `close` was called before. */
  readonly onLost: (reason: string) => void;
}

/**
 * Ports of this process that are being closed. The system may take its time over it (the line is drained first), and
 * until then the port is locked against its own next connection.
 */
const closing = new Map<string, Promise<void>>();
/**
 * When this process closed a port, by its monotonic clock. A program that it was starting just then holds a copy of the
 * port, lock included, until it runs: for so long the port is only busy with ourselves.
 */
const closedAt = new Map<string, number>();
const ourOwnMs = 1000;
const againMs = 50;

/**
 * Opens a port raw, 8N1, no flow control, locked against other programs.
 * @throws ConnectError with what to do: NO_PORT, NOT_ALLOWED, PORT_BUSY, NOT_SERIAL, OPEN_FAILED, OPEN_TIMEOUT
 */
export async function openPort(options: PortOptions): Promise<Port> {
  const { clock, path } = options;
  for (;;) {
    try {
      return await openOnce(options);
    } catch (thrown) {
      const ours = clock.monotonic() - (closedAt.get(path) ?? Number.NEGATIVE_INFINITY) < ourOwnMs;
      if (!ours || !(thrown instanceof ConnectError) || thrown.code !== "PORT_BUSY") throw thrown;
      await clock.sleep(againMs);
    }
  }
}

async function openOnce(options: PortOptions): Promise<Port> {
  const { path, clock, onData, onLost } = options;
  const { SerialPort } = await import("serialport");
  const before = closing.get(path);
  if (before !== undefined) await within(clock, options.openWithinMs, (done) => void before.then(done));
  // serialport keeps what is written to a closed port and sends it after the next open: hence a new object each time
  // and no write unless open. Its `destroy()` leaves the port open and locked: only `close()` gives it back.
  const port = new SerialPort({ path, baudRate: options.baudRate, lock: !options.shared, autoOpen: false });
  let state: "opening" | "open" | "over" = "opening";
  const lose = (reason: string): void => {
    const before = state;
    state = "over";
    if (before === "open") onLost(reason);
  };
  port.on("error", (error) => lose(plain(error)));
  port.on("close", (error?: Error | null) => lose(plain(error)));
  port.on("data", (bytes: Buffer) => {
    if (state === "open") onData(bytes.toString("latin1"));
  });
  await new Promise<void>((resolve, reject) => {
    const timer = clock.after(options.openWithinMs, () => {
      state = "over";
      reject(
        new ConnectError("OPEN_TIMEOUT", `the port did not open within ${options.openWithinMs} ms`, {
          where: path,
          hint: "unplug the device and plug it in again",
        }),
      );
    });
    port.open((error) => {
      timer.cancel();
      if (state === "over") {
        if (port.isOpen) port.close(() => undefined);
      } else if (error !== null && error !== undefined) {
        state = "over";
        reject(openError(path, error));
      } else {
        state = "open";
        resolve();
      }
    });
  });
  const stopWatching = watchNode(path, clock, lose);
  return {
    write(text) {
      if (state !== "open" || !port.isOpen) return false;
      port.write(Buffer.from(text, "latin1"));
      return true;
    },
    async close() {
      const wasOpen = state === "open";
      state = "over";
      stopWatching();
      // Ordered bytes leave first (an "off" may be among them); a dead line is not waited for.
      if (wasOpen && port.isOpen) await within(clock, 200, (done) => port.drain(done));
      if (!port.isOpen) return;
      const closed = new Promise<void>((resolve) => port.close(() => resolve()));
      closing.set(path, closed);
      void closed.then(() => closedAt.set(path, clock.monotonic()));
      void closed.then(() => closing.get(path) === closed && closing.delete(path));
      await within(clock, 1000, (done) => void closed.then(done));
    },
  };
}

function within(clock: Clock, ms: number, work: (done: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.after(ms, resolve);
    work(() => {
      timer.cancel();
      resolve();
    });
  });
}

const lookEveryMs = 400;

/**
 * Notices that the port's node in the file system is gone or is another one. serialport does not always: where read()
 * returns 0 after an unplug it reads again for ever and says nothing (serialport/bindings-cpp issue 162).
 */
function watchNode(path: string, clock: Clock, lose: (reason: string) => void): () => void {
  if (!path.startsWith("/")) return () => undefined;
  const look = (): Promise<string> =>
    stat(path).then(
      (node) => `${node.dev} ${node.ino} ${node.rdev}`,
      () => "",
    );
  const first = look();
  const timer = clock.every(
    lookEveryMs,
    () => {
      void Promise.all([first, look()]).then(([before, now]) => {
        if (now === "") lose("unplugged: the port is gone");
        else if (now !== before) lose("unplugged: another device has the port now");
      });
    },
    { background: true },
  );
  return () => timer.cancel();
}

const plain = (error: Error | null | undefined): string =>
  error === null || error === undefined
    ? "the port closed"
    : error.message.replace(/^Error:?\s*/i, "").replace(/,? ?cannot open .*$/i, "");

function openError(path: string, error: Error): ConnectError {
  const text = error.message;
  const known: readonly (readonly [RegExp, string, string, string])[] = [
    [
      /No such file|ENOENT|File not found/i,
      "NO_PORT",
      "there is no such port",
      "is the device plugged in? `stedloop doctor` lists the ports",
    ],
    [
      /Permission denied|Access denied|EACCES/i,
      "NOT_ALLOWED",
      "this user may not open the port",
      "on Linux add the user to the group `dialout` (or `uucp`) and log in again",
    ],
    [
      /cannot lock|temporarily unavailable|busy|Access is denied/i,
      "PORT_BUSY",
      "another program has the port",
      "close the other program (the maker's own, a second stedloop)",
    ],
    [
      /ioctl|Not a (tty|typewriter)|ENOTTY|Invalid argument|Is a directory|No such device/i,
      "NOT_SERIAL",
      "that is no serial port, or its device is gone",
      "`stedloop doctor` lists the ports",
    ],
  ];
  const found = known.find(([pattern]) => pattern.test(text));
  if (found === undefined)
    return new ConnectError("OPEN_FAILED", plain(error), { where: path, cause: error });
  return new ConnectError(found[1], found[2], { where: path, hint: found[3], cause: error });
}
