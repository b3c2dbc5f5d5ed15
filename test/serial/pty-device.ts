import { closeSync, constants, openSync, symlinkSync, unlinkSync } from "node:fs";
import type { ReadStream } from "node:tty";
import * as nodePty from "@lydell/node-pty";
import { tempFolder } from "../cli/command-line.js";

interface RawPty {
  readonly _pty: string;
  readonly _master: ReadStream;
  readonly _slave: ReadStream;
}
const openPty = Reflect.get(nodePty, "open") as (options: { encoding: null }) => RawPty;

/**
 * A scripted device behind a real pseudo-terminal (Linux, macOS), reached by a link so that a replug keeps its path.
 * Not the simulators of drivers/serial/<kind>/sim.ts: a few lines that answer as a test wants.
 */
export class PtyDevice {
  readonly path: string;
  readonly received: string[] = [];
  private master: ReadStream | null = null;
  private slaveFd = -1;
  private rest = "";
  private timers = new Set<NodeJS.Timeout>();

  /** @param answer called with each command (cut at CR or LF); what it returns is written, undefined = silence */
  constructor(public answer: (command: string, device: PtyDevice) => string | undefined) {
    this.path = `${tempFolder()}/port`;
    this.plug();
  }

  plug(): void {
    const pty = openPty({ encoding: null });
    pty._slave.setRawMode(true);
    // Holds the slave end open, so that a client may come and go; the stream that node-pty made there would eat bytes.
    this.slaveFd = openSync(pty._pty, constants.O_RDWR | constants.O_NOCTTY);
    pty._slave.destroy();
    pty._master.on("data", (bytes: Buffer) => this.take(bytes.toString("latin1")));
    pty._master.on("error", () => undefined);
    this.master = pty._master;
    symlinkSync(pty._pty, this.path);
  }

  unplug(): void {
    for (const timer of this.timers) clearTimeout(timer);
    if (this.master === null) return;
    unlinkSync(this.path);
    this.master.destroy();
    this.master = null;
    closeSync(this.slaveFd);
    this.rest = "";
  }

  write(text: string): void {
    this.master?.write(Buffer.from(text, "latin1"));
  }
  later(ms: number, text: string): void {
    const timer = setTimeout(() => this.write(text), ms);
    this.timers.add(timer);
  }

  private take(text: string): void {
    this.rest += text;
    for (;;) {
      const found = /^([^\r\n]*)[\r\n]+/.exec(this.rest);
      if (found === null) return;
      this.rest = this.rest.slice(found[0].length);
      const command = (found[1] as string).trim();
      if (command === "") continue;
      this.received.push(command);
      const reply = this.answer(command, this);
      if (reply !== undefined) this.write(reply);
    }
  }
}
