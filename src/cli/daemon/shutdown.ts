import { type Clock, type Logger, toStedError } from "../../core/index.js";
import type { Session } from "../../loop/index.js";
import { say } from "../output.js";

/** A clean end takes about a second; past this the process goes, and the rig's own lease ends the light. */
const patienceMs = 8000;

/** Signals and errors that nobody caught: light off first, then the run is closed. */
export class Shutdown {
  /** What ended the run; null while nothing did. */
  signal: string | null = null;
  private session: Session | null = null;

  constructor(
    private readonly clock: Clock,
    private readonly log: { readonly logger: Logger; readonly flush: () => void },
  ) {
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => this.onSignal(name));
    process.on("uncaughtException", (error) => this.onError(error));
    process.on("unhandledRejection", (reason) => this.onError(reason));
  }

  guard(session: Session): void {
    this.session = session;
    if (this.signal !== null) this.end();
  }

  finished(): void {
    this.session = null;
  }

  private onSignal(name: string): void {
    const dark = this.session === null || this.session.watch.unwritten !== null;
    if (this.signal !== null && dark) {
      this.log.flush();
      process.exit(1);
    }
    this.signal ??= name;
    if (this.session === null) {
      // Still starting: there is no light yet.
      this.log.flush();
      process.exit(name === "SIGINT" ? 130 : 143);
    }
    this.end();
  }

  private end(): void {
    this.giveUpLater();
    this.session?.abort(this.signal ?? "stedloop").catch((error: Error) => {
      this.log.logger.error({ error: error.message }, "ending");
    });
  }

  /**
   * A rig that does not answer must not keep the process: its own lease ends the light then. Frames that are still being
   * written in the dark are waited for as long as they become fewer.
   */
  private giveUpLater(before = Number.POSITIVE_INFINITY): void {
    const leave = (): void => {
      const left = this.session?.watch.unwritten ?? null;
      if (left !== null && left < before) {
        say(`stedloop: the light is off; ${left} frames are still being written (Ctrl-C leaves them)`);
        this.giveUpLater(left);
        return;
      }
      say(
        left === null
          ? `stedloop: the rig did not confirm dark within ${patienceMs / 1000} s; its own lease ends the light`
          : `stedloop: ${left} frames could not be written within ${patienceMs / 1000} s; they are lost`,
      );
      this.log.flush();
      process.exit(1);
    };
    this.clock.after(patienceMs, leave, { background: true });
  }

  private onError(thrown: unknown): void {
    const error = toStedError(thrown);
    this.log.logger.error(
      { code: error.code, stack: thrown instanceof Error ? thrown.stack : undefined },
      error.line,
    );
    say(`stedloop: unexpected: ${error.line}; the light goes off`);
    this.signal ??= "an unexpected error";
    const session = this.session;
    if (session === null) {
      this.log.flush();
      process.exit(1);
    }
    this.giveUpLater();
    session
      .panic(error.line, "stedloop")
      .catch(() => undefined)
      .then(() => session.abort("stedloop"))
      .catch(() => undefined)
      .finally(() => {
        process.exitCode = 1;
      });
  }
}
