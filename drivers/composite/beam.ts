import {
  type Clock,
  ConfigError,
  type ParameterSpec,
  ProtocolError,
  type Settings,
} from "../../src/core/index.js";
import type { Source } from "./source.js";
import { type BeamName, settingOf } from "./spec.js";

/** A measured power further than this from its set-point is told, as a share of it. */
const band = 0.1;

/**
 * One beam and the sources in it, in the order of the light: lasers, then gates. One of them carries the power by its
 * calibration. A laser behind a gate shines into the closed gate while a run goes on; without a gate it is lit for each
 * exposure.
 */
export class Beam {
  readonly carrier: Source;
  private readonly lasers: readonly Source[];
  private readonly gates: readonly Source[];
  private set: number | null = null;

  /** @throws ConfigError where no source, or more than one, carries the power */
  constructor(
    readonly name: BeamName,
    private readonly sources: readonly Source[],
    private readonly clock: Clock,
  ) {
    this.lasers = sources.filter((s) => !s.isGate);
    this.gates = sources.filter((s) => s.isGate);
    const calibrated = sources.filter((s) => s.calibration !== null);
    const gate = calibrated.filter((s) => s.isGate);
    const carriers = gate.length > 0 ? gate : calibrated;
    const [carrier] = carriers;
    if (carrier === undefined || carriers.length > 1) {
      const names = sources.map((s) => s.name).join(", ");
      throw new ConfigError(
        "CALIBRATION",
        `${carriers.length === 0 ? "none" : "more than one"} of ${names} carries the ${name} power`,
        {
          where: "rig.light",
          hint: "give exactly one of them a calibration (the gate's counts where a gate has one)",
        },
      );
    }
    this.carrier = carrier;
    for (const laser of this.lasers) {
      if (laser === carrier || laser.options.spec.powerMw !== undefined) continue;
      throw new ConfigError(
        "CALIBRATION",
        `${laser.name} has no set-point: another source carries the power`,
        {
          where: `rig.light${laser.options.light.lineOf(["rig", "light", laser.options.index])}`,
          hint: "give its `powerMw`",
        },
      );
    }
  }

  get setting(): string {
    return settingOf[this.name].setting;
  }

  /** What the rig offers of this beam: what the table covers, in the setting's unit. */
  spec(scale: ParameterSpec["scale"]): ParameterSpec {
    const { setting, unit, label, perMw } = settingOf[this.name];
    const { min, max: measured } = this.table.range;
    const allowed = this.carrier.options.light.maxMw(this.carrier.name);
    const most = allowed === undefined ? null : this.table.powerAt(allowed);
    const max = Math.min(measured, most ?? measured);
    const round = (v: number): number => Number(v.toPrecision(6));
    return { name: setting, label, unit, min: round(min * perMw), max: round(max * perMw), scale };
  }

  /** From dark to the table's end at the ramps of its sources, with settling, ms. */
  get rampMs(): number {
    const times = this.sources.map((s) => {
      const most = s === this.carrier ? this.table.setRange.max : (s.options.spec.powerMw ?? 0);
      const ramp = s.options.light.maxRampMwPerS(s.name);
      return (s.options.spec.settleMs ?? 0) + (ramp === undefined ? 0 : (1000 * most) / ramp);
    });
    return Math.max(0, ...times);
  }

  /** Power at the sample that these settings ask for, mW; 0 = this beam stays closed. */
  powerMw(settings: Settings, kind: "confocal" | "sted"): number {
    if (this.name === "depletion" && kind === "confocal") return 0;
    return (settings[this.setting] ?? 0) / settingOf[this.name].perMw;
  }

  /** Everything that takes time, behind closed gates: set-points, warm-up, lasers that a gate holds back. */
  async prepare(powerMw: number): Promise<void> {
    const set = this.table.setFor(powerMw);
    const changed = set !== this.set;
    this.set = null;
    await Promise.all(
      this.sources.map(async (source) => {
        const light = source.need();
        const { stage } = light.view();
        const ready = stage === "on" || (stage === "ready" && (source.isGate || this.gates.length === 0));
        if (!changed && ready) return;
        await source.refuseCold();
        if (source === this.carrier) await light.arm(set);
        else await light.arm(source.isGate ? undefined : source.options.spec.powerMw);
        if (!source.isGate && this.gates.length > 0) await light.lightUp();
      }),
    );
    this.set = set;
    const settleMs = Math.max(0, ...this.sources.map((s) => s.options.spec.settleMs ?? 0));
    if (changed && settleMs > 0) await this.clock.sleep(settleMs);
  }

  /** What lets its light reach the sample: its gates; where there is none, its lasers. */
  get doors(): readonly Source[] {
    return this.gates.length > 0 ? this.gates : this.lasers;
  }

  /**
   * Read back while it shines: what the sample gets, in the setting's unit, null where nothing can be said; and whether
   * the device gives another power than it was told.
   */
  async actual(): Promise<{ readonly value: number | null; readonly off: string | null }> {
    const light = this.carrier.need();
    await light.look();
    const { on, powerMw, setPointMw } = light.view();
    if (!on || setPointMw === null) return { value: null, off: null };
    // An AOTF measures nothing: its set-point, read back, is what it does.
    const measured = powerMw > 0 ? powerMw : setPointMw;
    const mW = this.table.powerAt(measured) ?? this.table.powerAt(setPointMw);
    const apart = Math.abs(measured - setPointMw) > band * setPointMw;
    return {
      value: mW === null ? null : Number((mW * settingOf[this.name].perMw).toPrecision(6)),
      off: apart ? `${this.carrier.name} gives ${measured} mW, set to ${setPointMw} mW` : null,
    };
  }

  /** Dark at the sample, confirmed where it can be: gates; where there is none, lasers. */
  async shut(reason: string): Promise<void> {
    await Promise.all(this.doors.map((s) => s.offOrLost(reason)));
  }

  private get table(): NonNullable<Source["calibration"]> {
    const { calibration } = this.carrier;
    if (calibration === null) throw new ProtocolError("INTERNAL", `${this.carrier.name} has no table`);
    return calibration;
  }
}
