import { type FSWatcher, watch } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Clock, Timer } from "../../src/core/index.js";

export interface FolderWatchOptions {
  readonly folder: string;
  readonly accepts: (name: string) => boolean;
  readonly clock: Clock;
  /** How often the folder is looked at: the system's own notice comes sooner, but not on every network drive. */
  readonly pollMs: number;
  /** A file is whole when its size and time have stood still for this long. */
  readonly settleMs: number;
  readonly onFile: (name: string) => void;
  /** The folder cannot be read (a reason), or can be again (null). */
  readonly onTrouble: (reason: string | null) => void;
}

interface Seen {
  readonly size: number;
  readonly mtimeMs: number;
  readonly sinceMs: number;
  readonly told: boolean;
}

/** Every how many looks the files already told of are looked at again, in case one was written over. */
const fullEvery = 10;

/** Tells of each file in a folder once it is whole, and again after it was written over. Opens and changes nothing. */
export class FolderWatch {
  private readonly seen = new Map<string, Seen>();
  /** Names that the system spoke of since the last look. */
  private noticed = new Set<string>();
  private watcher: FSWatcher | null = null;
  private poll: Timer | null = null;
  private soon: Timer | null = null;
  private looking: Promise<void> | null = null;
  private next: Promise<void> | null = null;
  private looks = 0;
  private trouble = false;
  private closed = false;

  constructor(private readonly options: FolderWatchOptions) {}

  /** Names that are there now, in name order (numbers by value); none of them is told of unless it changes. */
  async start(): Promise<readonly string[]> {
    this.listen();
    this.poll = this.options.clock.every(this.options.pollMs, () => this.notice());
    // A folder that goes away in this very moment is looked at again like one that goes away later.
    const names = await readdir(this.options.folder).then(
      (all) => all.filter(this.options.accepts),
      (error: Error) => {
        this.setTrouble(error.message);
        return [];
      },
    );
    for (const name of names) {
      const now = await this.measure(name);
      if (now !== null) this.seen.set(name, { ...now, told: true });
    }
    return names.sort(new Intl.Collator("en", { numeric: true }).compare);
  }

  close(): void {
    this.closed = true;
    this.watcher?.close();
    this.poll?.cancel();
    this.soon?.cancel();
  }

  private listen(): void {
    this.watcher?.close();
    try {
      this.watcher = watch(this.options.folder, { persistent: false }, (_event, name) => {
        if (name !== null) this.noticed.add(name);
        this.notice();
      });
      this.watcher.on("error", () => this.watcher?.close());
    } catch {
      this.watcher = null;
    }
  }

  /** Looks at the folder; resolves when done. One look at a time: what comes meanwhile shares the one after it. */
  look(): Promise<void> {
    if (this.closed) return Promise.resolve();
    if (this.looking !== null) {
      this.next ??= this.looking.then(() => {
        this.next = null;
        return this.look();
      });
      return this.next;
    }
    this.looking = this.scan().then(
      () => this.looked(null),
      (error: Error) => this.looked(error.message),
    );
    return this.looking;
  }

  /** `look` reports its own trouble, so nobody needs to wait for it. */
  private notice(): void {
    this.look().catch(() => undefined);
  }

  private looked(trouble: string | null): void {
    this.looking = null;
    this.setTrouble(trouble);
  }

  private async scan(): Promise<void> {
    const { folder, accepts, settleMs, clock, onFile } = this.options;
    const names = new Set((await readdir(folder)).filter(accepts));
    for (const name of this.seen.keys()) if (!names.has(name)) this.seen.delete(name);
    const all = this.looks++ % fullEvery === 0;
    const { noticed } = this;
    this.noticed = new Set();
    let growing = false;
    for (const name of names) {
      const before = this.seen.get(name);
      if (before?.told && !all && !noticed.has(name)) continue;
      const now = await this.measure(name);
      if (now === null || this.closed) continue;
      const same = before !== undefined && before.size === now.size && before.mtimeMs === now.mtimeMs;
      if (same && before.told) continue;
      const since = same ? before.sinceMs : now.sinceMs;
      const whole = same && now.size > 0 && now.sinceMs - since >= settleMs;
      this.seen.set(name, { ...now, sinceMs: since, told: whole });
      if (whole) onFile(name);
      else growing = true;
    }
    this.soon?.cancel();
    if (growing && !this.closed) this.soon = clock.after(settleMs, () => this.notice(), { background: true });
  }

  private async measure(name: string): Promise<Omit<Seen, "told"> | null> {
    try {
      const { size, mtimeMs } = await stat(join(this.options.folder, name));
      return { size, mtimeMs, sinceMs: this.options.clock.monotonic() };
    } catch {
      return null; // taken away between the list and this look
    }
  }

  private setTrouble(reason: string | null): void {
    if (this.closed || (reason !== null) === this.trouble) return;
    this.trouble = reason !== null;
    if (reason === null) this.listen();
    this.options.onTrouble(reason);
  }
}
