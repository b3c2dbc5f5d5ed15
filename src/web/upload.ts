import { signal } from "@preact/signals";
import { lineOf, request } from "./api.js";
import { nextFrame, now } from "./time.js";

/** One page of a dropped file, or why the file could not be rated. */
export interface Rated {
  readonly file: string;
  readonly frame: number;
  readonly score: number | null;
  readonly lower: number | null;
  readonly upper: number | null;
  readonly inDomain: boolean;
  readonly reason: string | null;
  readonly failed: boolean;
  /** The browser's handle, not the bytes: to look at it again. */
  readonly source: File | null;
}
interface Line extends Omit<Rated, "reason" | "failed" | "source"> {
  readonly frames: number;
  readonly stack?: string;
  readonly reason?: string;
}
export interface Progress {
  readonly done: number;
  readonly total: number;
  readonly failed: number;
  /** Until the last one, at the pace so far; null while nothing is known. */
  readonly leftMs: number | null;
}

/** More files than this at once are for the command line. */
export const mostFiles = 20_000;
const mostPages = 200;
export const mostBytes = 64 * 2 ** 20;
/** Under way at once: one is sent while the other is scored. */
const ahead = 2;

/** All lines so far, in the order of their ends; the same array, `version` tells that it grew. */
const lines: Rated[] = [];
export const version = signal(0);
export const progress = signal<Progress>({ done: 0, total: 0, failed: 0, leftMs: null });
let queue: File[] = [];
let at = 0;
let working = 0;
let failed = 0;
let began = 0;
let drawn = true;
/** Counts the clearings: what was under way before one is not shown after it. */
let era = 0;

export const allLines = (): readonly Rated[] => lines;
export const isRating = (): boolean => progress.value.done < progress.value.total;

/** Takes files in; they are rated by an engine of their own, so that the run's frames never wait behind them. */
export function takeFiles(files: readonly File[]): void {
  if (working === 0) {
    queue = [];
    at = 0;
    failed = 0;
    began = now();
  }
  const room = Math.max(0, mostFiles - queue.length);
  queue.push(...files.slice(0, room));
  if (files.length > room) {
    keep(
      failure(
        `${files.length - room} more files`,
        `at most ${mostFiles} at once here; use stedloop score`,
        null,
      ),
    );
  }
  changed();
  while (working < ahead && at < queue.length) void work();
}
/** Leaves the rest out; what is rated stays. */
export function stopFiles(): void {
  queue = queue.slice(0, at);
  changed();
}
export function forgetFiles(): void {
  stopFiles();
  era++;
  lines.length = 0;
  changed();
}

/** A file dropped anywhere on the page is rated; the browser would else leave the page to show it. */
export function takeDrops(target: Document, then: () => void): void {
  target.addEventListener("dragover", (event) => event.preventDefault());
  target.addEventListener("drop", (event) => {
    event.preventDefault();
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length === 0) return;
    takeFiles(files);
    then();
  });
}

let finished = 0;
async function work(): Promise<void> {
  working++;
  for (let file = queue[at]; file !== undefined; file = queue[at]) {
    at++;
    await rate(file);
    finished++;
    changed();
  }
  working--;
  if (working === 0) finished = 0;
  changed();
}

/** Thirty lines a second cost one drawing a picture. */
function changed(): void {
  if (!drawn) return;
  drawn = false;
  nextFrame(() => {
    drawn = true;
    version.value++;
    const total = queue.length;
    const done = working === 0 ? total : Math.min(finished, total);
    const leftMs = done === 0 || done === total ? null : ((now() - began) / done) * (total - done);
    progress.value = { done, total, failed, leftMs };
  });
}

async function rate(file: File): Promise<void> {
  const now = era;
  const add = (line: Rated): void => {
    if (now === era) keep(line);
  };
  if (file.size > mostBytes) {
    const mib = Math.round(file.size / 2 ** 20);
    add(
      failure(file.name, `${mib} MiB; up to ${mostBytes / 2 ** 20} are taken here: use stedloop score`, null),
    );
    return;
  }
  try {
    for (let frame = 0, frames = 1; frame < Math.min(frames, mostPages); frame++) {
      const answer = await request(`/score?frame=${frame}`, { method: "POST", body: bodyOf(file) });
      const line = (await answer.json()) as Line;
      frames = line.frames;
      const shown = line.stack === undefined ? line.file : `${line.file} · ${line.stack}`;
      add({ ...line, file: shown, reason: line.reason ?? null, failed: false, source: file });
    }
  } catch (thrown) {
    add(failure(file.name, lineOf(thrown), file));
  }
}

export function bodyOf(file: File): FormData {
  const body = new FormData();
  body.append("file", file, file.name);
  return body;
}
function keep(line: Rated): void {
  lines.push(line);
  if (line.failed) failed++;
}
function failure(file: string, reason: string, source: File | null): Rated {
  const nothing = { score: null, lower: null, upper: null };
  return { file, frame: 0, ...nothing, inDomain: false, reason, failed: true, source };
}
