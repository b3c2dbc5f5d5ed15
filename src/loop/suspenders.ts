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
  readonly unattended: boolean;
}

/** What follows from a look. A run that somebody resumed, stopped or paused meanwhile is not ours to let go on. Pure. */
export function nextHeld(
  held: Held | null,
  seen: Seen,
): { readonly held: Held | null; readonly act: "hold" | "goOn" | "end" | null } {
  const { run, alert, holds, now, goodForS, unattended } = seen;
  const ends = unattended && holds.some((h) => h.needsOperator);
  const reasons = holds.map((h) => h.reason).join("; ");
  if (held === null || run !== "paused" || alert !== held.alert) {
    if (holds.length === 0 || (run !== "running" && run !== "waiting")) return { held: null, act: null };
    const needsOperator = holds.some((h) => h.needsOperator);
    if (ends) return { held: ended(reasons), act: "end" };
    const then = needsOperator ? "see to it, then press resume" : `it goes on after ${goodForS} s without`;
    return { held: { alert: `held: ${reasons} (${then})`, needsOperator, goodSince: null }, act: "hold" };
  }
  if (ends) return { held: ended(reasons), act: "end" };
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

/** Nobody is there to see to it. */
const ended = (reasons: string): Held => ({
  alert: `${reasons}; the light is off: see to it, then go on with --resume latest`,
  needsOperator: true,
  goodSince: null,
});

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
      const { unattended } = this.parts.config;
      const next = nextHeld(this.held, { run, alert, holds, now, goodForS: suspend.goodForS, unattended });
      this.held = next.held;
      this.show(holds, now);
      if (next.act === "goOn") await this.goOn();
      else if (next.act !== null && next.held !== null) await this.hold(next.held, next.act);
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

  /** The step under way ends; then it is dark. */
  private async hold({ alert }: Held, act: "hold" | "end"): Promise<void> {
    if (!this.store.move(act === "end" ? "fail" : "pause", { alert })) return;
    this.gate.withdraw();
    this.tell(alert);
    await this.note("held", { alert });
  }

  private async goOn(): Promise<void> {
    if (!this.store.move("resume", { alert: null })) return;
    this.tell("what held the run is good again: it goes on");
    await this.note("went-on", {});
  }

  /** Whoever only reads a terminal learns it too. */
  private tell(message: string): void {
    this.store.emit({ type: "note", level: "warn", message });
  }

  private async note(kind: string, data: object): Promise<void> {
    const { journal, run, clock } = this.parts;
    await journal.addEvent(run, { at: timestamp(clock), step: this.store.get().step, kind, data });
  }
}
