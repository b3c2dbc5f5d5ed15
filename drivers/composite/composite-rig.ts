import { type Approved, type Clock, type Frame, ProtocolError, type Region } from "../../src/core/index.js";
import type { LightServices } from "../context.js";
import type {
  AcquireRequest,
  AcquireResult,
  LightState,
  RegionMove,
  Rig,
  RigEvent,
  RigFault,
  RigInfo,
  RigState,
  RigStatus,
} from "../contract.js";
import { compare } from "./adoption.js";
import type { Beam } from "./beam.js";
import { Breadcrumbs } from "./breadcrumbs.js";
import { darkenAll, joined, newFaults, staleness, stateOf, troubleOf } from "./composite-light.js";
import { aborted, exposeStep, type Lit } from "./expose-step.js";
import { LightLease } from "./light-lease.js";
import { openAll } from "./open-all.js";
import type { Source } from "./source.js";

export interface CompositeParts {
  readonly scanner: Rig;
  readonly sources: readonly Source[];
  readonly beams: readonly Beam[];
  readonly light: LightServices;
  readonly clock: Clock;
  readonly calibrationDays: number;
}

/**
 * A rig of a scanner (`stedrig/1`) and light sources of its own. Per step: set-points and warm-up behind closed gates,
 * gates open, one scan, gates closed and read back. What the sources did is stored as `actual`.
 */
export class CompositeRig implements Rig {
  focus?: (rangeUm: number) => Promise<{ readonly zUm: number; readonly score: number }>;
  private readonly listeners = new Set<(event: RigEvent) => void>();
  private info: RigInfo | null = null;
  private scannerState: RigState = "idle";
  private scannerLight: readonly LightState[] = [];
  private owner: string | undefined;
  private told: ReadonlySet<string> = new Set();
  private readonly crumbs: Breadcrumbs;
  private running: AbortController | null = null;
  private readonly lease: LightLease;
  private scannerNames: readonly string[] = [];
  private readonly leave: () => void;

  constructor(private readonly parts: CompositeParts) {
    this.crumbs = new Breadcrumbs(parts.sources, parts.light, this.tellFault);
    this.leave = parts.scanner.subscribe((event) => this.onScanner(event));
    this.lease = new LightLease(parts.sources, parts.clock, (message, guardGone) => {
      if (guardGone) this.tellFault({ code: "GUARD_LOST", message, source: "guard" });
      this.running?.abort();
    });
  }

  async open(): Promise<RigInfo> {
    const { scanner, sources, beams, light } = this.parts;
    const crumbs = light.readCrumbs();
    const scanned = await openAll(scanner, sources);
    this.scannerNames = scanned.capabilities.parameters.map((p) => p.name);
    const status = await scanner.status();
    this.scannerLight = status.light;
    this.scannerState = status.state;
    const guarded = sources.map((s) => ({ ...s.guarded, gate: s.isGate }));
    this.lease.start(scanned.leaseMs, await light.startGuard(guarded, scanned.leaseMs));
    if (scanner.focus !== undefined) this.focus = scanner.focus.bind(scanner);
    const adopted = compare(crumbs, sources);
    this.crumbs.acknowledged = adopted === null;
    this.info = { ...joined(scanned, beams), ...(adopted === null ? {} : { adopted }) };
    return this.info;
  }

  async status(): Promise<RigStatus> {
    const status = await this.parts.scanner.status();
    this.scannerLight = status.light;
    this.scannerState = status.state;
    this.owner = status.owner;
    return {
      ...status,
      state: this.state(),
      light: this.lights(),
      faults: [...status.faults, ...this.faults()],
    };
  }

  async heartbeat(): Promise<void> {
    this.lease.renew();
    await this.parts.scanner.heartbeat();
  }

  region(move: RegionMove): Promise<Region> {
    this.lease.renew();
    return this.parts.scanner.region(move);
  }

  async acquire(request: Approved<AcquireRequest>): Promise<AcquireResult> {
    const { clock, beams } = this.parts;
    if (this.running !== null) throw new ProtocolError("BUSY", "it acquires already");
    if (this.scannerState === "safe")
      throw new ProtocolError("SAFE_STATE", "the rig is safe: dark and locked");
    const running = new AbortController();
    this.running = running;
    this.lease.renew();
    const began = clock.monotonic();
    const frames: Frame[] = [];
    try {
      this.tellState();
      await this.lease.arm();
      for (const [i, { settings, kind }] of request.steps.entries()) {
        const lit = beams.flatMap((beam) => {
          const powerMw = beam.powerMw(settings, kind);
          return powerMw > 0 ? [{ beam, powerMw }] : [];
        });
        const frame = await this.expose(this.parts.light.stepOf(request, i, this.scannerNames), lit);
        frames.push({ ...frame, settings: { ...settings, ...frame.settings } });
        if (running.signal.aborted) throw aborted();
      }
      return { frames, durationMs: clock.monotonic() - began };
    } catch (thrown) {
      // A light that was taken away by abort or safe says so in its own words; the caller asked for an end.
      throw troubleOf(this.parts.sources) ?? (running.signal.aborted ? aborted() : thrown);
    } finally {
      await Promise.all(beams.map((beam) => beam.shut("the scan has ended")));
      this.running = null;
      this.tellState();
    }
  }

  async abort(): Promise<void> {
    this.running?.abort();
    await Promise.all([this.parts.scanner.abort(), ...this.parts.beams.map((b) => b.shut("aborted"))]);
  }

  async safe(reason: string): Promise<readonly LightState[]> {
    this.running?.abort();
    await Promise.all([
      this.parts.scanner.safe(reason).then((light) => {
        this.scannerLight = light;
      }),
      this.darken(reason, "wait"),
    ]);
    this.scannerState = "safe";
    this.tellState();
    return this.lights();
  }

  async resume(): Promise<void> {
    await this.parts.scanner.resume();
    this.scannerState = "idle";
    for (const source of this.parts.sources) source.light?.reset();
    this.crumbs.acknowledged = true;
    this.tellState();
  }

  async release(): Promise<void> {
    await this.darken("the rig is let go");
    await this.parts.scanner.release();
  }

  subscribe(listener: (event: RigEvent) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.running?.abort();
    await Promise.all(this.parts.sources.map((s) => s.close()));
    const dark = this.parts.sources.every((s) => !s.state().on);
    if (this.info !== null) this.crumbs.note(!dark);
    await this.lease.close(dark);
    this.leave();
    await this.parts.scanner.close();
  }

  changed(): void {
    this.tellState();
    // A frame without one of its lights is no frame, and lasers behind shut gates have nothing to wait for.
    const trouble = troubleOf(this.parts.sources);
    if (this.running?.signal.aborted === false && trouble !== null) {
      this.running.abort();
      this.parts.scanner.abort().catch(() => undefined);
      this.later(trouble.message);
    }
    this.told = newFaults(this.parts.sources, this.told, this.tellFault);
  }

  private expose(request: Approved<AcquireRequest>, lit: readonly Lit[]): Promise<Frame> {
    const { scanner } = this.parts;
    return exposeStep({
      scanner,
      request,
      lit,
      stop: () => this.running?.signal.aborted !== false,
      prepared: () => this.crumbs.write(true, lit),
      fault: this.tellFault,
    });
  }

  private async darken(reason: string, lost: "wait" | "leave" = "leave"): Promise<void> {
    await darkenAll(this.parts.sources, this.parts.clock, reason, lost);
    this.lease.disarm();
    this.crumbs.note(true);
  }

  private later(reason: string): void {
    this.darken(reason).catch((error: Error) =>
      this.tellFault({ code: "STILL_ON", message: error.message, source: "light" }),
    );
  }

  private lights(): readonly LightState[] {
    return [...this.scannerLight, ...this.parts.sources.map((s) => s.state())];
  }
  private faults(): RigFault[] {
    const { sources, clock, calibrationDays } = this.parts;
    return [...sources.flatMap((s) => s.faults()), ...staleness(sources, clock.now(), calibrationDays)];
  }
  private state(): RigState {
    return stateOf(this.scannerState, this.running !== null, this.parts.sources);
  }

  private onScanner(event: RigEvent): void {
    if (event.type !== "state") {
      this.tell(event);
      // A scanner that is gone scans nothing: no light meanwhile.
      if (event.type === "lost" || event.type === "restarted") this.later("the scanner is lost");
      return;
    }
    const before = this.scannerState;
    this.scannerState = event.state;
    this.scannerLight = event.light;
    this.owner = event.owner;
    if (event.state === "safe" && before !== "safe") this.later("the scanner went to safe");
    this.tellState();
  }

  private tellState(): void {
    this.tell({ type: "state", state: this.state(), owner: this.owner, light: this.lights() });
  }
  private readonly tellFault = (fault: RigFault): void => this.tell({ type: "fault", fault });
  private tell(event: RigEvent): void {
    for (const listener of this.listeners) listener(event);
  }
}
