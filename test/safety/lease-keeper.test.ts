import { describe, expect, it } from "vitest";
import { silentLogger, VirtualClock } from "../../src/core/index.js";
import { LeaseKeeper } from "../../src/safety/index.js";

function keeper(clock: VirtualClock): { lease: LeaseKeeper; sent: number[]; withheld: string[] } {
  const sent: number[] = [];
  const withheld: string[] = [];
  const lease = new LeaseKeeper({
    leaseMs: 3000,
    clock,
    logger: silentLogger,
    renew: async () => {
      sent.push(clock.now());
    },
    onWithheld: (reason) => withheld.push(reason),
  });
  return { lease, sent, withheld };
}

/** A clock whose loop was busy: the timers that fell due meanwhile come late. */
class StallingClock extends VirtualClock {
  private lateMs = 0;
  override monotonic(): number {
    return super.monotonic() + this.lateMs;
  }
  stall(ms: number): void {
    this.lateMs += ms;
  }
}

describe("the daemon's half of the lease", () => {
  it("sends a heartbeat every third of the lease while the stage is inside its deadline", async () => {
    const clock = new VirtualClock();
    const { lease, sent, withheld } = keeper(clock);
    lease.enter("exposing", 10_000);
    lease.start();
    await clock.advance(5000);
    expect(sent).toEqual([1000, 2000, 3000, 4000, 5000]);
    expect(withheld).toEqual([]);
    lease.stop();
    expect(clock.openTimers).toBe(0);
  });

  it("withholds it past the stage's deadline, says so once, and goes on with the next stage", async () => {
    const clock = new VirtualClock();
    const { lease, sent, withheld } = keeper(clock);
    lease.enter("scoring", 2500);
    lease.start();
    await clock.advance(6000);
    expect(sent).toEqual([1000, 2000]);
    expect(withheld).toEqual([expect.stringContaining("'scoring' takes longer than its 3 s")]);
    lease.enter("exposing", 10_000);
    await clock.advance(1000);
    expect(sent).toEqual([1000, 2000, 7000]);
    lease.stop();
  });

  it("one late tick costs one heartbeat; a loop that stays late, or stalls for long, is dark", async () => {
    const clock = new StallingClock();
    const { lease, sent, withheld } = keeper(clock);
    lease.enter("exposing", 60_000);
    lease.start();
    clock.stall(700);
    await clock.advance(2000);
    expect(sent).toEqual([2000]);
    expect(withheld).toEqual([]);
    clock.stall(700);
    await clock.advance(1000);
    clock.stall(700);
    await clock.advance(1000);
    expect(sent).toEqual([2000]);
    expect(withheld).toHaveLength(1);
    lease.enter("exposing", 60_000);
    await clock.advance(1000);
    clock.stall(2500);
    await clock.advance(1000);
    expect(withheld).toHaveLength(2);
    lease.stop();
  });
});
