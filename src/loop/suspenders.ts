import { type Timer, timestamp, toStedError } from "../core/index.js";
import type { Hold, RunState, Suspend } from "./contract.js";
import type { Gatekeeper } from "./gatekeeper.js";
import type { SessionParts } from "./parts.js";
import type { SessionStore } from "./store.js";

/** The run is held, with these words. */
export interface Held {
  readonly alert: string;
  readonly needsOperator: boolean;
  /** Since when everything is good again; null = it is not. */
  readonly goodSince: number | null;
}
interface Seen {
  readonly run: RunState;
  readonly alert: string | null;
  readonly holds: readonly Hold[];
  readonly now: number;
  readonly goodForS: number;
}

/** What follows from a look. A run that somebody resumed, stopped or paused meanwhile is not ours to let go on. Pure. */
export function nextHeld(
  held: Held | null,
  seen: Seen,
): { readonly held: Held | null; readonly act: "hold" | "goOn" | null } {
  const { run, alert, holds, now, goodForS } = seen;
  if (held === null || run !== "paused" || alert !== held.alert) {
    if (holds.length === 0 || (run !== "running" && run !== "waiting")) return { held: null, act: null };
    const needsOperator = holds.some((h) => h.needsOperator);
    const then = needsOperator ? "see to it, then press resume" : `it goes on after ${goodForS} s without`;
    const text = `held: ${holds.map((h) => h.reason).join("; ")} (${then})`;
    return { held: { alert: text, needsOperator, goodSince: null }, act: "hold" };
  }
  if (holds.length > 0) {
    const needsOperator = held.needsOperator || holds.some((h) => h.needsOperator);
    return { held: { ...held, needsOperator, goodSince: null }, act: null };
  }
  const goodSince = held.goodSince ?? now;
  if (held.needsOperator || now - goodSince < goodForS * 1000) {
    return { held: { ...held, goodSince }, act: null };
  }
  return { held: null, act: "goOn" };
}

const everyMs = 1000;

/** Holds the run while a declared condition is bad, and lets it go on when all have been good for a while. */
export class Suspenders {
  private held: Held | null = null;
  private readonly timer: Timer | null;
  private looking = false;

  constructor(
    private readonly parts: SessionParts,
    private readonly store: SessionStore,
    private readonly gate: Gatekeeper,
  ) {
    const { suspend, clock } = parts;
    this.timer =
      suspend === undefined
        ? null
        : clock.every(everyMs, () => void this.look(suspend), { background: true });
  }

  close(): void {
    this.timer?.cancel();
  }

  private async look(suspend: Suspend): Promise<void> {
    if (this.looking || this.store.get().mode === "observe") return;
    this.looking = true;
    try {
      const holds = await suspend.look();
      const { state: run, alert } = this.store.get();
      const now = this.parts.clock.monotonic();
      const next = nextHeld(this.held, { run, alert, holds, now, goodForS: suspend.goodForS });
      this.held = next.held;
      this.show(holds, now);
      if (next.act === "hold" && next.held !== null) await this.hold(next.held);
      else if (next.act === "goOn") await this.goOn();
    } catch (thrown) {
      this.parts.logger.warn({ error: toStedError(thrown).line }, "conditions not looked at");
    } finally {
      this.looking = false;
    }
  }

  /** What everybody who looks sees, told where it changed. */
  private show(holds: readonly Hold[], now: number): void {
    const { suspend: shown } = this.store.get();
    if (shown === null) return;
    const { held } = this;
    const since = held?.goodSince ?? null;
    const at = since === null ? null : new Date(this.parts.clock.now() - (now - since)).toISOString();
    const suspend = {
      ...shown,
      holds,
      held: held !== null,
      needsOperator: held?.needsOperator === true,
      // Told once: the clock's own corrections are no news.
      goodSince: at === null ? null : (shown.goodSince ?? at),
    };
    if (JSON.stringify(suspend) !== JSON.stringify(shown)) this.store.patch({ suspend });
  }

  /** The step under way ends; then it is dark. Nobody is there to look at an unattended run that needs one. */
  private async hold({ alert, needsOperator }: Held): Promise<void> {
    const ends = needsOperator && this.parts.config.unattended;
    if (!this.store.move(ends ? "fail" : "pause", { alert })) return;
    this.gate.withdraw();
    await this.note("held", { alert });
  }

  private async goOn(): Promise<void> {
    if (this.store.move("resume", { alert: null })) await this.note("went-on", {});
  }

  private async note(kind: string, data: object): Promise<void> {
    const { journal, run, clock } = this.parts;
    await journal.addEvent(run, { at: timestamp(clock), step: this.store.get().step, kind, data });
  }
}
