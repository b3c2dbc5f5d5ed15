/** `--link PATH`: a name that stays while the pseudo-terminal behind it changes, as /dev/serial/by-id does. */
import { lstatSync, readlinkSync, renameSync, symlinkSync, unlinkSync } from "node:fs";
import { UsageError } from "../../../src/core/index.js";

/** Only what an earlier simulator left may be replaced: a link to a pseudo-terminal. */
const terminal = /^\/dev\/(pts\/|ttys)\d+$/;

export class Link {
  private current: string | null = null;

  constructor(readonly path: string) {}

  /** @throws UsageError when something else stands there or the folder is missing */
  pointAt(target: string): void {
    this.refuseOthers();
    // By way of a second name: nobody ever finds the link missing or half made.
    const next = `${this.path}.${process.pid}.new`;
    try {
      symlinkSync(target, next);
      renameSync(next, this.path);
    } catch (cause) {
      throw new UsageError("BAD_LINK", `cannot be made: ${(cause as Error).message}`, {
        where: this.path,
        cause,
      });
    }
    this.current = target;
  }

  /** Takes the link away if it is still ours. */
  remove(): void {
    try {
      if (this.current !== null && readlinkSync(this.path) === this.current) unlinkSync(this.path);
    } catch {
      // Somebody took it away: as wanted.
    }
    this.current = null;
  }

  private refuseOthers(): void {
    let target: string;
    try {
      if (!lstatSync(this.path).isSymbolicLink()) throw this.refusal("a file is there");
      target = readlinkSync(this.path);
    } catch (thrown) {
      if (thrown instanceof UsageError) throw thrown;
      return;
    }
    if (!terminal.test(target)) throw this.refusal(`a link to ${target} is there`);
  }

  private refusal(why: string): UsageError {
    return new UsageError("LINK_TAKEN", `${why}; it is not overwritten`, {
      where: this.path,
      hint: "give --link another path or remove that one",
    });
  }
}
