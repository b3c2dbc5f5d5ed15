import { type FSWatcher, watch } from "node:fs";
import { open, readdir, stat } from "node:fs/promises";
import { basename, dirname, join, sep } from "node:path";
import type { Clock, Timer } from "../../src/core/index.js";

export interface FolderWatchOptions {
  readonly folder: string;
  /** Also the folders in it, at any depth; names are then paths from the folder, with "/" between. */
  readonly subfolders?: boolean;
  /** By a file's own name, without its folder. */
  readonly accepts: (name: string) => boolean;
  readonly clock: Clock;
  /** How often the folder is looked at: the system's own notice comes sooner, but not on every network drive. */
  readonly pollMs: number;
  /** A file is whole when its size and time have stood still for this long and nobody holds it. */
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
/** Files measured at once: a network drive answers each slowly. */
const atOnce = 32;
/** A file with one of these beside it is still somebody's. */
const lockNames = (name: string): string[] => [
  `${name}.lock`,
  `${name}.lck`,
  `.${name}.lock`,
  `~${name}`,
  `.~lock.${name}#`,
];

/** Tells of each file in a folder once it is whole, and again after it was written over. Changes nothing. */
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
    const { names } = await this.list().catch((error: Error) => {
      this.setTrouble(error.message);
      return { names: [] as string[] };
    });
    for (const [name, now] of await this.measureAll(names)) this.seen.set(name, { ...now, told: true });
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
      // Linux tells of subfolders by a walk of its own, which the regular look does as well.
      const recursive = this.options.subfolders === true && process.platform !== "linux";
      this.watcher = watch(this.options.folder, { persistent: false, recursive }, (_event, name) => {
        if (name !== null) this.noticed.add(name.replaceAll(sep, "/"));
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
    const { settleMs, clock, onFile } = this.options;
    const { names, all: present } = await this.list();
    const there = new Set(names);
    for (const name of this.seen.keys()) if (!there.has(name)) this.seen.delete(name);
    const all = this.looks++ % fullEvery === 0;
    const { noticed } = this;
    this.noticed = new Set();
    let growing = false;
    const doubtful = names.filter((name) => !this.seen.get(name)?.told || all || noticed.has(name));
    for (const [name, now] of await this.measureAll(doubtful)) {
      if (this.closed) return;
      const before = this.seen.get(name);
      const same = before !== undefined && before.size === now.size && before.mtimeMs === now.mtimeMs;
      if (same && before.told) continue;
      const since = same ? before.sinceMs : now.sinceMs;
      const still = same && now.size > 0 && now.sinceMs - since >= settleMs;
      const whole = still && !isLocked(name, present) && (await this.canBeOpened(name));
      this.seen.set(name, { ...now, sinceMs: since, told: whole });
      if (whole) onFile(name);
      else growing = true;
    }
    this.soon?.cancel();
    if (growing && !this.closed) this.soon = clock.after(settleMs, () => this.notice(), { background: true });
  }

  /** Names of the image files, and everything else that lies there. */
  private async list(): Promise<{ readonly names: string[]; readonly all: ReadonlySet<string> }> {
    const { folder, subfolders = false, accepts } = this.options;
    const found = await readdir(folder, { recursive: subfolders });
    const all = found.map((name) => name.replaceAll(sep, "/"));
    const hidden = /(^|\/)\.[^/]*\//; // a folder that its owner hides
    return { names: all.filter((name) => accepts(basename(name)) && !hidden.test(name)), all: new Set(all) };
  }

  /** On Windows a program that writes a file may let nobody else open it. */
  private async canBeOpened(name: string): Promise<boolean> {
    try {
      await (await open(join(this.options.folder, name), "r")).close();
      return true;
    } catch (error) {
      // What stays closed to us for good is told of: reading it names the reason.
      return (error as NodeJS.ErrnoException).code !== "EBUSY";
    }
  }

  private async measureAll(names: readonly string[]): Promise<[string, Omit<Seen, "told">][]> {
    const found: [string, Omit<Seen, "told">][] = [];
    for (let i = 0; i < names.length; i += atOnce) {
      const part = names.slice(i, i + atOnce);
      const sizes = await Promise.all(part.map((name) => this.measure(name)));
      for (const [k, size] of sizes.entries()) if (size !== null) found.push([part[k] as string, size]);
    }
    return found;
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

function isLocked(name: string, all: ReadonlySet<string>): boolean {
  const folder = dirname(name) === "." ? "" : `${dirname(name)}/`;
  return lockNames(basename(name)).some((lock) => all.has(folder + lock));
}
