import type { Clock } from "../../../src/core/index.js";
import type { Cut } from "./framing.js";

const longestBuffer = 65_536;

/** What has come in and was not taken yet: bytes cut into answers, one reader at a time. */
export class Inbox {
  private buffer = "";
  private sent = "";
  private cut: Cut;
  private readonly replies: string[] = [];
  private expecting = false;
  private reader: ((end: "reply" | "time" | Error) => void) | null = null;
  private heardAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly clock: Clock,
    private readonly dialectCut: Cut,
    private readonly on: {
      readonly aside: (line: string) => void;
      /** An answer that nobody waits for. */
      readonly stray: (reply: string) => void;
    },
  ) {
    this.cut = dialectCut;
  }

  /** Anything at all that was not taken. */
  get pending(): string {
    return this.buffer.trim();
  }
  get lastHeardAt(): number {
    return this.heardAt;
  }

  push(bytes: string): void {
    this.heardAt = this.clock.monotonic();
    // Some devices send NUL bytes after opening or inside tables; none means anything by them.
    this.buffer = (this.buffer + bytes.replaceAll("\0", "")).slice(-longestBuffer);
    for (;;) {
      const piece = this.cut(this.buffer, this.sent);
      if (piece === null) return;
      this.buffer = piece.rest;
      if (piece.aside !== undefined) this.on.aside(piece.aside);
      if (piece.reply === undefined) continue;
      if (this.expecting) {
        this.replies.push(piece.reply);
        this.reader?.("reply");
      } else {
        this.on.stray(piece.reply);
      }
    }
  }

  /** Forgets what is there and cuts from now on for this command. Returns how many answers were forgotten. */
  expect(sent: string, cut: Cut = this.dialectCut): number {
    this.buffer = "";
    this.sent = sent;
    this.cut = cut;
    this.expecting = true;
    return this.replies.splice(0).length;
  }

  /** The command has its answer: whatever else comes is stray. */
  done(): void {
    this.expecting = false;
    this.replies.length = 0;
  }

  /** The next answer, or null when it does not come in time. Rejects with what `interrupt` is given. */
  async next(withinMs: number): Promise<string | null> {
    const there = this.replies.shift();
    if (there !== undefined) return there;
    const end = await new Promise<"reply" | "time" | Error>((resolve) => {
      this.reader = resolve;
      const timer = this.clock.after(Math.max(0, withinMs), () => this.reader?.("time"));
      this.reader = (how) => {
        timer.cancel();
        this.reader = null;
        resolve(how);
      };
    });
    if (end instanceof Error) throw end;
    return this.replies.shift() ?? null;
  }

  interrupt(error: Error): void {
    this.reader?.(error);
  }

  /** Waits until nothing has come for `quietMs`, at most `atMostMs`. */
  async silence(quietMs: number, atMostMs: number): Promise<void> {
    const end = this.clock.monotonic() + atMostMs;
    for (;;) {
      const now = this.clock.monotonic();
      const wait = Math.min(this.heardAt + quietMs, end) - now;
      if (wait <= 0) return;
      await this.clock.sleep(wait);
    }
  }
}
