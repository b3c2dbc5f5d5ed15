/**
 * A pseudo-terminal whose far end a client opens as if it were a serial port. No process sits behind it: this end is
 * polled, because a read that says "nobody has the other end open" is the only news of a client that came or went.
 */
import { closeSync, constants, openSync, readSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import { SerialPort } from "serialport";
import { type Clock, ConnectError, type Timer } from "../../../src/core/index.js";

interface NativePty {
  open(
    columns: number,
    rows: number,
  ): { readonly master: number; readonly slave: number; readonly pty: string };
}
export interface PtyEvents {
  received(bytes: Buffer): void;
  /** A client opened the port, or the last one closed it. */
  opened(): void;
  closed(): void;
}

/** How often this end is looked at: while bytes flow, while a client is there, while none is. */
const busyMs = 1;
const idleMs = 5;
const emptyMs = 20;
/** Reads at one look. */
const maxReads = 16;
/** A conversation counts as going on for this long after its last byte. */
const busyForMs = 300;
/** Looks a millisecond apart that must find nothing before a line counts as empty, and the most looks of all. */
const drainedAfter = 4;
const mostDrains = 400;
const doze = new Int32Array(new SharedArrayBuffer(4));

export class Pty {
  private clientThere = false;
  private lastByteMs = Number.NEGATIVE_INFINITY;
  private timer: Timer | null = null;
  private dead = false;
  private readonly buffer = Buffer.alloc(4096);

  private constructor(
    private readonly master: number,
    /** What a client opens, e.g. /dev/pts/4. */
    readonly path: string,
    private readonly clock: Clock,
    private readonly events: PtyEvents,
  ) {
    this.later();
  }

  /** @throws ConnectError where the system has no pseudo-terminals (Windows) or gives none */
  static async open(clock: Clock, events: PtyEvents): Promise<Pty> {
    const { master, slave, pty } = openNative();
    try {
      // The system's own default is a terminal for people: it echoes and turns CR into LF. A serial port is raw.
      const raw = await SerialPort.binding.open({ path: pty, baudRate: 115_200, lock: false, hupcl: false });
      await raw.close();
    } catch (cause) {
      closeSync(master);
      throw new ConnectError("NO_PTY", `a pseudo-terminal could not be set up: ${(cause as Error).message}`, {
        where: pty,
        cause,
      });
    } finally {
      closeSync(slave);
    }
    return new Pty(master, pty, clock, events);
  }

  get client(): boolean {
    return this.clientThere;
  }

  /**
   * Bytes to the client. Without one they are lost, as on a cable that ends nowhere; so is what a client that does not
   * read has no room for (about 20 kB on Linux), as in a UART without flow control.
   */
  write(bytes: Uint8Array): void {
    if (this.dead || !this.clientThere) return;
    this.lastByteMs = this.clock.monotonic();
    try {
      writeSync(this.master, bytes);
    } catch {
      // Full: lost. Gone: the next read says so.
    }
  }

  /** The plug is pulled: a client that has the port open gets a hang-up, and the path is gone. */
  hangUp(): void {
    if (this.dead) return;
    this.dead = true;
    this.timer?.cancel();
    closeSync(this.master);
    if (this.clientThere) {
      this.clientThere = false;
      this.events.closed();
    }
  }

  private later(): void {
    const ms = !this.clientThere
      ? emptyMs
      : this.clock.monotonic() - this.lastByteMs < busyForMs
        ? busyMs
        : idleMs;
    this.timer = this.clock.after(ms, () => {
      this.look();
      if (!this.dead) this.later();
    });
  }

  private look(): void {
    // A client that never stops writing must not keep everything else waiting.
    for (let reads = 0; reads < maxReads; reads++) {
      const bytes = this.read();
      if (this.dead || bytes === "quiet") break;
      if (bytes === "nobody") {
        this.left();
        return;
      }
      this.lastByteMs = this.clock.monotonic();
      this.events.received(bytes);
      if (this.dead) return;
    }
  }

  private read(): Buffer | "quiet" | "nobody" {
    let n = 0;
    try {
      n = readSync(this.master, this.buffer);
    } catch (thrown) {
      const { code } = thrown as NodeJS.ErrnoException;
      if (code !== "EAGAIN" && code !== "EINTR") return "nobody";
      this.arrived();
      return "quiet";
    }
    // Linux says "nobody" by an I/O error, others by the end of the file.
    if (n === 0) return "nobody";
    this.arrived();
    return Buffer.from(this.buffer.subarray(0, n));
  }

  private arrived(): void {
    if (this.clientThere) return;
    this.clientThere = true;
    this.events.opened();
  }

  private left(): void {
    if (!this.clientThere) return;
    this.clientThere = false;
    this.discardUnread();
    this.events.closed();
  }

  /**
   * What the last client left unread must not greet the next one: a real port forgets it too. The system hands over a
   * full line in portions, each a moment after there is room, so it counts as empty when it stays so for a while.
   */
  private discardUnread(): void {
    try {
      const fd = openSync(this.path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
      try {
        for (let empty = 0, left = mostDrains; empty < drainedAfter && left > 0; left--) {
          if (this.drain(fd)) empty = 0;
          else {
            empty++;
            Atomics.wait(doze, 0, 0, 1);
          }
        }
      } finally {
        closeSync(fd);
      }
    } catch {
      // The next client was quicker, or the port is gone: either is fine.
    }
  }

  /** @returns whether there was anything */
  private drain(fd: number): boolean {
    try {
      return readSync(fd, this.buffer) > 0;
    } catch {
      return false;
    }
  }
}

function openNative(): ReturnType<NativePty["open"]> {
  if (process.platform === "win32") {
    throw new ConnectError("NO_PTY", "Windows has no pseudo-terminals", {
      hint: "run device-sim on Linux or macOS, or in WSL",
    });
  }
  try {
    // `open()` of the package itself starts streams on both ends, which would eat what the device says.
    const require = createRequire(import.meta.url);
    const { requireBinary } = require("@lydell/node-pty/requireBinary.js") as {
      requireBinary(file: string): NativePty;
    };
    return requireBinary("pty.node").open(80, 24);
  } catch (cause) {
    throw new ConnectError("NO_PTY", `no pseudo-terminal to be had: ${(cause as Error).message}`, { cause });
  }
}
