import { signal } from "@preact/signals";
import { lineOf, request } from "./api.js";

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
}
interface Line extends Omit<Rated, "reason" | "failed"> {
  readonly frames: number;
  readonly stack?: string;
  readonly reason?: string;
}

/** More files than this at once are for the command line. */
export const mostFiles = 2000;
const mostPages = 200;
const mostBytes = 64 * 2 ** 20;

export const rated = signal<readonly Rated[]>([]);
export const waitingFiles = signal(0);
let queue: File[] = [];
let working = false;

/** Takes files in; they are rated one after another, so that the run's own frames never wait behind them. */
export function takeFiles(files: readonly File[]): void {
  const room = Math.max(0, mostFiles - queue.length);
  queue.push(...files.slice(0, room));
  if (files.length > room) {
    add(
      failure(`${files.length - room} more files`, `at most ${mostFiles} at once here; use stedloop score`),
    );
  }
  waitingFiles.value = queue.length;
  if (!working) void work();
}
export function forgetFiles(): void {
  queue = [];
  waitingFiles.value = 0;
  rated.value = [];
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

async function work(): Promise<void> {
  working = true;
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    await rate(file);
    waitingFiles.value = queue.length;
  }
  working = false;
}

async function rate(file: File): Promise<void> {
  if (file.size > mostBytes) {
    add(failure(file.name, "larger than 64 MiB; use stedloop score"));
    return;
  }
  try {
    for (let frame = 0, frames = 1; frame < Math.min(frames, mostPages); frame++) {
      const body = new FormData();
      body.append("file", file, file.name);
      const answer = await request(`/score?frame=${frame}`, { method: "POST", body });
      const line = (await answer.json()) as Line;
      frames = line.frames;
      const shown = line.stack === undefined ? line.file : `${line.file} · ${line.stack}`;
      add({ ...line, file: shown, reason: line.reason ?? null, failed: false });
    }
  } catch (thrown) {
    add(failure(file.name, lineOf(thrown)));
  }
}

function add(line: Rated): void {
  rated.value = [...rated.value, line];
}
function failure(file: string, reason: string): Rated {
  return { file, frame: 0, score: null, lower: null, upper: null, inDomain: false, reason, failed: true };
}
