import { appendFileSync, closeSync, fsyncSync, openSync, readFileSync, truncateSync } from "node:fs";
import { StoreError } from "../core/index.js";

/** Appends one JSON line and waits until the disk has it. @throws StoreError */
export function appendLine(file: string, value: unknown): void {
  try {
    const fd = openSync(file, "a", 0o600);
    try {
      appendFileSync(fd, `${JSON.stringify(value)}\n`);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch (cause) {
    throw new StoreError("CANNOT_WRITE", "cannot be written", {
      where: file,
      hint: "is the disk full?",
      cause,
    });
  }
}

/** The lines of a file that grows; none where there is no file. A last line that was cut off while writing does not count. */
export function readLines(file: string): readonly unknown[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw new StoreError("CANNOT_READ", "cannot be read", { where: file, cause });
  }
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  return whole
    .split("\n")
    .filter((line) => line !== "")
    .map((line, i) => {
      try {
        return JSON.parse(line) as unknown;
      } catch (cause) {
        throw new StoreError("JOURNAL_DAMAGED", "not a JSON line", { where: `${file}:${i + 1}`, cause });
      }
    });
}

/** Cuts off a last line that a crash left unfinished, so that the next one begins on its own. */
export function mendEnd(file: string): void {
  try {
    const bytes = readFileSync(file);
    const end = bytes.lastIndexOf(10) + 1;
    if (end < bytes.length) truncateSync(file, end);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return;
    throw new StoreError("CANNOT_WRITE", "cannot be mended", { where: file, cause });
  }
}
