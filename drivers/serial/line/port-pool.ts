import { ConnectError, type StedError } from "../../../src/core/index.js";
import type { Command, Line } from "./command.js";
import { SerialLink } from "./link.js";
import type { DeviceLink, LinkOptions } from "./link-options.js";

type Identified = Awaited<ReturnType<LinkOptions["identify"]>>;

/** Connections by port: the channels of one box (AOTF, multi-line laser, hub) share theirs. */
export class PortPool {
  private readonly boxes = new Map<string, Box>();

  /** A connection that opens the port, or joins the one that is open. */
  link(options: LinkOptions): DeviceLink {
    const box = this.boxes.get(options.path) ?? new Box();
    this.boxes.set(options.path, box);
    return new Share(options, box);
  }
}

/** One port and those who use it. Each is identified on every connection, and darkened after every loss. */
class Box {
  link: SerialLink | null = null;
  private readonly members: Share[] = [];
  private turn: Promise<unknown> = Promise.resolve();

  /** One at a time, so that nobody opens a port that another is opening. */
  join(share: Share, signal?: AbortSignal): Promise<void> {
    const turn = this.turn.then(() => (this.link === null ? this.found(share, signal) : this.admit(share)));
    this.turn = turn.catch(() => undefined);
    return turn;
  }

  async leave(share: Share): Promise<void> {
    const at = this.members.indexOf(share);
    if (at >= 0) this.members.splice(at, 1);
    const { link } = this;
    if (this.members.length > 0 || link === null) return;
    this.link = null;
    await link.close();
  }

  private async found(share: Share, signal?: AbortSignal): Promise<void> {
    const { options } = share;
    const link = new SerialLink({
      ...options,
      identify: (line) => this.identify(line),
      darken: async (line) => {
        for (const { options } of this.members) await options.darken(line);
      },
      lost: (reason) => this.tell((o) => o.lost(reason)),
      stillLost: (reason) => this.tell((o) => o.stillLost(reason)),
      found: () => this.tell((o) => o.found()),
    });
    this.members.push(share);
    this.link = link;
    try {
      await link.open(signal);
    } catch (thrown) {
      this.members.splice(0);
      this.link = null;
      throw thrown;
    }
  }

  private async admit(share: Share): Promise<void> {
    const { link } = this;
    if (link?.ready !== true) throw lost(share.options.path);
    const { clock } = share.options;
    await share.recognise({
      ask: (command) => link.ask(command, false, share),
      pause: (ms) => clock.sleep(ms),
    });
    this.members.push(share);
  }

  private async identify(line: Line): Promise<Identified> {
    const found: Identified[] = [];
    for (const member of [...this.members]) found.push(await member.recognise(line));
    // Each member has made sure of its own part: to the link the box is one thing.
    return { device: "the box", landmark: found[0]?.landmark ?? null };
  }

  private tell(what: (options: LinkOptions) => void): void {
    for (const { options } of [...this.members]) what(options);
  }
}

/** One user's side of a shared connection. */
class Share implements DeviceLink {
  private device: string | null = null;
  private joined = false;

  constructor(
    readonly options: LinkOptions,
    private readonly box: Box,
  ) {}

  get ready(): boolean {
    return this.joined && this.box.link?.ready === true;
  }
  get restedMs(): number {
    return this.box.link?.restedMs ?? 0;
  }
  async open(signal?: AbortSignal): Promise<void> {
    await this.box.join(this, signal);
    this.joined = true;
  }
  ask<T>(command: Command<T>, urgent = false): Promise<T> {
    return this.joined && this.box.link !== null
      ? this.box.link.ask(command, urgent, this)
      : Promise.reject(closed(this.options.path));
  }
  overtake(error: StedError): void {
    this.box.link?.overtake(error, this);
  }
  lose(reason: string): void {
    if (this.joined) this.box.link?.lose(reason);
  }
  whenReady(): Promise<void> {
    return this.joined && this.box.link !== null
      ? this.box.link.whenReady()
      : Promise.reject(closed(this.options.path));
  }
  async close(): Promise<void> {
    this.joined = false;
    await this.box.leave(this);
  }

  /** @throws ConnectError where another device answers than before */
  async recognise(line: Line): Promise<Identified> {
    const who = await this.options.identify(line);
    if (this.device !== null && this.device !== who.device) {
      throw new ConnectError(
        "WRONG_DEVICE",
        `another device is on the port: ${who.device} instead of ${this.device}`,
        { where: this.options.path },
      );
    }
    this.device = who.device;
    return who;
  }
}

const closed = (path: string): ConnectError =>
  new ConnectError("CLOSED", "the port is closed", { where: path });
const lost = (path: string): ConnectError =>
  new ConnectError("LOST", "the device is lost", { where: path, hint: "see to its plug; it is looked for" });
