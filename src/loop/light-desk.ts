import type { AcquireStep } from "../../drivers/contract.js";
import {
  type Approved,
  ConnectError,
  type Frame,
  pixelTimeUs,
  type Region,
  StedError,
} from "../core/index.js";
import {
  approve,
  type DoseAccount,
  type LeaseKeeper,
  lightsOf,
  Pacing,
  requestDose,
} from "../safety/index.js";
import { placeKey, refusedInTheDark } from "./dose.js";
import type { SessionParts } from "./parts.js";
import { hasEnded } from "./run-state.js";
import type { SessionStore } from "./store.js";

/** The one door to light: paced, approved and charged to the account before a request is sent. */
export class LightDesk {
  private readonly pacing: Pacing;
  private gone: Promise<never> | null = null;

  constructor(
    private readonly parts: SessionParts,
    private readonly store: SessionStore,
    private readonly lease: LeaseKeeper,
    readonly account: DoseAccount,
  ) {
    this.pacing = new Pacing(parts.sources.limits, parts.clock.monotonic());
  }

  /** @throws SafetyTrip when a whole step would not be let through, before any of it is begun */
  check(steps: readonly AcquireStep[], region: Region | null): void {
    approve({ steps }, this.parts.envelope, { account: this.account, region: this.key(region) });
  }

  /** Exposes. Rejects with the envelope's or the rig's error; what was begun counts in full. */
  async acquire(steps: readonly AcquireStep[], region: Region | null): Promise<readonly Frame[]> {
    const { parts, pacing, account } = this;
    const lights = lightsOf(steps, parts.sources.driven, 0);
    const waitMs = pacing.waitMs(lights, parts.clock.monotonic());
    if (waitMs > 0) await this.rest(waitMs);
    const key = this.key(region);
    const request = approve({ steps, ...(region === null ? {} : { region: region.id }) }, parts.envelope, {
      account,
      region: key,
    }) satisfies Approved<unknown>;
    const dose = requestDose(steps, parts.envelope) || 0;
    const overheadMs = (parts.info.capabilities.overheadMs ?? 0) * steps.length;
    this.lease.enter("exposing", exposureDeadlineMs(steps, region) + overheadMs);
    account.charge(key, dose);
    this.show(key);
    this.store.patch({ stage: "exposing" });
    const begun = parts.clock.monotonic();
    try {
      const { frames } = await this.unlessGone(parts.rig.acquire(request));
      return frames;
    } catch (thrown) {
      if (refusedInTheDark(thrown)) {
        account.refund(key, dose);
        this.show(key);
      }
      throw thrown;
    } finally {
      const ended = parts.clock.monotonic();
      pacing.given(
        lights.map((l) => ({ ...l, onMs: ended - begun })),
        ended,
      );
    }
  }

  /** What the rig was asked for, unless it is lost while the run ends: then nobody waits for it. */
  unlessGone<T>(asked: Promise<T>): Promise<T> {
    this.gone ??= this.store
      .until((s) => hasEnded(s.state) && s.rig.state === "lost")
      .then(() => Promise.reject(new ConnectError("LOST", "the rig is lost and the run has ended")));
    this.gone.catch(() => undefined);
    return Promise.race([asked, this.gone]);
  }

  /** Dark until ramps and duty allow the next light; a person may end the run meanwhile. */
  private async rest(waitMs: number): Promise<void> {
    this.lease.enter("resting in the dark", waitMs + 5000);
    this.store.patch({ stage: "resting in the dark" });
    await this.parts.clock.sleep(waitMs);
    const { state } = this.store.get();
    if (state !== "running" && state !== "stopping") {
      throw new StedError("ABORTED", "the run was stopped before this exposure");
    }
  }

  private key(region: Region | null): string {
    return placeKey(this.parts.info.start, region?.id ?? null);
  }

  private show(key: string): void {
    const { budget } = this.store.get();
    const { account } = this;
    const [doseJPerCm2, regionJPerCm2] = [account.runJPerCm2, account.regionJPerCm2(key)];
    this.store.patch({ budget: { ...budget, doseJPerCm2, regionJPerCm2 } });
  }
}

/** rig-protocol.md (Lease): the expected scan time + 20 % + 5 s. Line and frame overheads are taken generously. */
export function exposureDeadlineMs(steps: readonly AcquireStep[], region: Region | null): number {
  const width = region?.widthPx ?? 512;
  const height = region?.heightPx ?? 512;
  const scan = steps.reduce((sum, step) => {
    const pixelUs = pixelTimeUs(step.settings) ?? 100;
    return sum + height * (width * pixelUs * 1e-3 + 2) + 500;
  }, 0);
  return scan * 1.2 + 5000;
}
