/** `--log FILE`: every byte in and out with its time, one JSON line each, so that a conversation can be shown. */
import { createWriteStream, openSync, type WriteStream } from "node:fs";
import { type Clock, InputError, timestamp } from "../../../src/core/index.js";

export class TrafficLog {
  private readonly startMs: number;

  private constructor(
    private readonly out: WriteStream,
    private readonly clock: Clock,
  ) {
    this.startMs = clock.monotonic();
  }

  /** @throws InputError when the file cannot be written */
  static to(path: string, clock: Clock): TrafficLog {
    let fd: number;
    try {
      fd = openSync(path, "a");
    } catch (cause) {
      throw new InputError("NO_LOG", `cannot be written: ${(cause as Error).message}`, {
        where: path,
        cause,
      });
    }
    const out = createWriteStream(path, { fd });
    // A full disk must not stop the device.
    out.on("error", () => undefined);
    return new TrafficLog(out, clock);
  }

  bytes(direction: "in" | "out", bytes: Buffer): void {
    this.line({ dir: direction, text: bytes.toString("latin1"), hex: bytes.toString("hex") });
  }
  event(event: string, more: Readonly<Record<string, unknown>> = {}): void {
    this.line({ event, ...more });
  }
  close(): Promise<void> {
    return new Promise((resolve) => this.out.end(() => resolve()));
  }

  private line(what: Readonly<Record<string, unknown>>): void {
    const s = Number(((this.clock.monotonic() - this.startMs) / 1000).toFixed(4));
    this.out.write(`${JSON.stringify({ at: timestamp(this.clock), s, ...what })}\n`);
  }
}
