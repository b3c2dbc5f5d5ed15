import type { ReplyHeader } from "../schemas.js";
import type { Part } from "../wire.js";

/** Everything after the protocol word of a reply. */
export interface Answer {
  readonly header: ReplyHeader;
  readonly pixels: readonly Part[];
}
interface Entry {
  readonly answer: Promise<Answer>;
  settledAt: number | null;
}

const keptMs = 5 * 60_000;

/**
 * The first answers by request id. An answer is forgotten after 5 minutes or when `kept` newer ones are there; one
 * that is still being worked out is never forgotten. Refused requests are taken out again by the caller.
 */
export class AnswerBook {
  private readonly entries = new Map<string, Entry>();
  /** Ids whose answer is forgotten, until they expire: they must not be carried out a second time. */
  private readonly spent = new Map<string, number>();

  constructor(
    private readonly kept: number,
    private readonly now: () => number,
  ) {}

  find(id: string): Promise<Answer> | "forgotten" | undefined {
    this.forget();
    const entry = this.entries.get(id);
    if (entry !== undefined) return entry.answer;
    return (this.spent.get(id) ?? Number.NEGATIVE_INFINITY) > this.now() ? "forgotten" : undefined;
  }

  /** @param forMs how long the id itself must not be taken again */
  keep(id: string, answer: Promise<Answer>, forMs: number): void {
    const entry: Entry = { answer, settledAt: null };
    this.entries.set(id, entry);
    this.spent.set(id, this.now() + forMs);
    const settle = (): void => {
      entry.settledAt = this.now();
    };
    answer.then(settle, settle);
    this.forget();
  }

  drop(id: string): void {
    this.entries.delete(id);
    this.spent.delete(id);
  }

  private forget(): void {
    const now = this.now();
    let settled = [...this.entries.values()].filter((entry) => entry.settledAt !== null).length;
    for (const [id, entry] of this.entries) {
      if (entry.settledAt === null) continue;
      if (settled <= this.kept && now - entry.settledAt <= keptMs) continue;
      this.entries.delete(id);
      settled--;
    }
    if (this.spent.size > 4096) for (const [id, until] of this.spent) if (until < now) this.spent.delete(id);
  }
}
