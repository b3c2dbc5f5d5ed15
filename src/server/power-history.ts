import type { Clock } from "../core/index.js";
import type { SessionView } from "../loop/index.js";

type Point = [number, number];
const keepS = 3600;
const mostPoints = 4000;

/** Power of each light source whenever it changed, for the last hour. */
export class PowerHistory {
  private readonly series = new Map<string, Point[]>();
  private readonly unsubscribe: () => void;

  constructor(
    private readonly session: SessionView,
    private readonly clock: Clock,
  ) {
    this.look();
    this.unsubscribe = session.subscribe((event) => {
      if (event.type === "state" && event.patch.rig !== undefined) this.look();
    });
  }

  /** By source: [seconds since 1970, mW], oldest first; the last value holds until now. */
  points(): { name: string; points: Point[] }[] {
    const now = this.clock.now() / 1000;
    return [...this.series.entries()].map(([name, points]) => {
      const last = points.at(-1);
      return { name, points: last === undefined ? [] : [...points, [now, last[1]]] };
    });
  }

  close(): void {
    this.unsubscribe();
  }

  private look(): void {
    const now = this.clock.now() / 1000;
    for (const { name, on, powerMw } of this.session.state().rig.light) {
      const points = this.series.get(name) ?? [];
      const value = on ? powerMw : 0;
      const last = points.at(-1);
      if (last !== undefined && last[1] === value) continue;
      // A step, not a slope: the old value held until now.
      if (last !== undefined) points.push([now, last[1]]);
      points.push([now, value]);
      while (points.length > mostPoints || (points[0]?.[0] ?? now) < now - keepS) points.shift();
      this.series.set(name, points);
    }
  }
}
