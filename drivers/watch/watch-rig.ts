import { randomUUID } from "node:crypto";
import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import {
  type Clock,
  ConnectError,
  decodeImageFile,
  type Frame,
  frameHash,
  imageFileNames,
  type Logger,
  type Plane,
  type Timer,
  timestamp,
  toStedError,
} from "../../src/core/index.js";
import type { Rig, RigEvent, RigFault, RigInfo, RigStatus } from "../contract.js";
import { ObserveOnly, observedRig } from "../observe-only.js";
import { FolderWatch } from "./folder-watch.js";

export interface WatchOptions {
  readonly folder: string;
  /** Pixel size of files that do not state it; default 20. */
  readonly pixelSizeNm?: number;
  /** Pace and repetition of the files that are there at the start; default: five a second, once. */
  readonly playback?: { readonly everyS: number; readonly loop: boolean } | undefined;
  /** Also the folders in it. */
  readonly subfolders?: boolean | undefined;
  /** Of Imspector files: this stack only, by name or number; these arrival times, ns. */
  readonly stack?: string | undefined;
  readonly lifetimeNs?: readonly [number, number] | undefined;
  readonly pollMs?: number;
  readonly settleMs?: number;
  readonly version: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

const defaultPlayback = { everyS: 0.2, loop: false };
const maxFaults = 20;
/** A file that looks cut off may still be on its way over a slow network: it gets this long before it is called damaged. */
const patienceMs = 5000;

/**
 * A folder into which somebody else's software writes frames (TIFF, Imspector, .npy): observe only. Files that are there at the
 * start are shown in name order, new ones as soon as they are whole; none is ever changed. Equal pixels are shown once.
 */
export class WatchRig extends ObserveOnly implements Rig {
  private readonly start = randomUUID();
  private readonly stop = new AbortController();
  private readonly listeners = new Set<(event: RigEvent) => void>();
  private readonly shown = new Set<string>();
  private readonly watch: FolderWatch;
  private faults: RigFault[] = [];
  private gone = false;
  /** Files that looked cut off, and when they are looked at again. */
  private readonly doubted = new Map<string, Timer>();
  private begun = false;
  private seq = 0;
  /** New files are read one after another, in the order they became whole. */
  private reading: Promise<void> = Promise.resolve();

  constructor(private readonly options: WatchOptions) {
    super("a watched folder");
    this.watch = new FolderWatch({
      folder: options.folder,
      accepts: (name) => /^[^.~]/.test(name) && imageFileNames.test(name),
      ...(options.subfolders === undefined ? {} : { subfolders: options.subfolders }),
      clock: options.clock,
      pollMs: options.pollMs ?? 1000,
      settleMs: options.settleMs ?? 300,
      onFile: (name) => this.queue(name, true),
      onTrouble: (reason) => this.onTrouble(reason),
    });
  }

  private queue(name: string, mayGrow: boolean): void {
    this.reading = this.reading.then(async () => {
      await this.show(name, true, mayGrow);
    });
  }

  async open(): Promise<RigInfo> {
    const { folder, version } = this.options;
    const found = await stat(folder).catch(() => null);
    if (found === null || !found.isDirectory()) {
      throw new ConnectError("NO_FOLDER", "there is no such folder to watch", {
        where: folder,
        hint: "make it, or correct `folder` in the configuration",
      });
    }
    const rig = { name: `folder ${basename(folder)}`, model: "watched folder" };
    return observedRig(rig, { name: "stedloop watch", version }, this.start);
  }

  async status(): Promise<RigStatus> {
    return { state: this.gone ? "fault" : "idle", light: [], faults: this.faults, region: null };
  }

  /** The first listener starts the show, so that no frame goes by unseen. */
  subscribe(listener: (event: RigEvent) => void): () => void {
    this.listeners.add(listener);
    if (!this.begun) {
      this.begun = true;
      this.play().catch((error: Error) => this.onTrouble(error.message));
    }
    return () => this.listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.stop.abort();
    this.watch.close();
    for (const timer of this.doubted.values()) timer.cancel();
    this.listeners.clear();
    await this.reading;
  }

  /** Shows what is there already; in a loop the same files come again, but one that cannot be read does not. */
  private async play(): Promise<void> {
    const { everyS, loop } = this.options.playback ?? defaultPlayback;
    const { signal } = this.stop;
    let names = await this.watch.start();
    for (let first = true; names.length > 0 && (first || loop); first = false) {
      const readable: string[] = [];
      for (const name of names) {
        if (signal.aborted) return;
        if (await this.show(name, first, first)) readable.push(name);
        await this.options.clock.sleep(everyS * 1000, signal);
      }
      names = readable;
    }
  }

  /** @param mayGrow a file that looks cut off is looked at again later @returns whether the file could be read */
  private async show(name: string, once: boolean, mayGrow = false): Promise<boolean> {
    if (this.stop.signal.aborted) return false;
    const { folder, stack, lifetimeNs, clock } = this.options;
    try {
      const file = await decodeImageFile(join(folder, name), name, { stack, lifetimeNs });
      this.doubted.get(name)?.cancel();
      for (const plane of file.planes) {
        const hash = frameHash(plane.pixels, plane.shape);
        if (once && this.shown.has(hash)) continue;
        this.shown.add(hash);
        this.emit({ type: "frame", frame: this.frame(name, plane) });
      }
      return true;
    } catch (thrown) {
      const error = toStedError(thrown);
      if (mayGrow && /_CORRUPT$/.test(error.code)) {
        this.doubted.get(name)?.cancel();
        const again = (): void => {
          this.doubted.delete(name);
          this.queue(name, false);
        };
        this.doubted.set(name, clock.after(patienceMs, again, { background: true }));
        return false;
      }
      this.options.logger.warn({ file: name, code: error.code }, error.message);
      this.addFault({ code: error.code, message: error.message, source: name });
      return false;
    }
  }

  private frame(name: string, { pixels, shape, pixelSizeNm, stack, label }: Plane): Frame {
    const seq = ++this.seq;
    return Object.freeze({
      id: `${this.start}.${seq}`,
      seq,
      kind: isConfocal(name, stack?.name) ? "confocal" : "sted",
      pixels,
      shape,
      pixelSizeNm: pixelSizeNm ?? this.options.pixelSizeNm ?? 20,
      settings: {},
      actual: {},
      // A file is a field of its own; its name, and its stack's, is how its owner knows it.
      region: stack === undefined ? name : `${name}#${label}`,
      acquiredAt: timestamp(this.options.clock),
      rig: `folder ${basename(this.options.folder)}`,
      saturated: pixels instanceof Uint16Array ? countOf(pixels, 65535) : 0,
      origin: "file",
    });
  }

  private onTrouble(reason: string | null): void {
    this.gone = reason !== null;
    if (reason !== null)
      this.addFault({ code: "FOLDER_UNREADABLE", message: reason, source: this.options.folder });
    this.emit({ type: "state", state: this.gone ? "fault" : "idle", light: [] });
  }

  private addFault(fault: RigFault): void {
    this.faults = [...this.faults, fault].slice(-maxFaults);
    this.emit({ type: "fault", fault });
  }

  private emit(event: RigEvent): void {
    if (this.stop.signal.aborted) return;
    for (const listener of this.listeners) listener(event);
  }
}

/** By the stack's name where there is one: a measurement holds both kinds. */
function isConfocal(file: string, stack: string | undefined): boolean {
  return stack === undefined || stack === "" ? /confocal/i.test(file) : /conf/i.test(stack);
}

function countOf(pixels: Uint16Array, value: number): number {
  let n = 0;
  for (const v of pixels) if (v === value) n++;
  return n;
}
