/** The sample under the scanner: where the stage is, what lies there, and how a frame of it is to be computed. */
import { checkedSeed, ProtocolError, RandomStream, type Region } from "../../src/core/index.js";
import type { AcquireStep, RegionMove } from "../contract.js";
import type { FaultPlan } from "./faults/plan.js";
import { type FrameJob, scanOf } from "./frame/render.js";
import type { RowDisturbance } from "./frame/rows.js";
import { Imperfections, type PlaceImperfections } from "./imperfections.js";
import { frameMs, type SimulatedOptions } from "./options.js";
import { anchorMicroscope, type Microscope, rigMicroscope } from "./physics/profile.js";
import { Places, stagePlace, windowOrigin } from "./places.js";
import { inFocusSlices, slices } from "./sample/field.js";
import { MoleculeField } from "./sample/molecule-field.js";
import type { Box } from "./sample/molecules.js";
import { World } from "./sample/world.js";

const perfect: PlaceImperfections = { offsetNm: [0, 0], excitation: 1, depletion: 1 };

export class SimulatedStage {
  readonly anchor: boolean;
  /** Nothing drifts, flickers or is read back a little wrong. */
  readonly steady: boolean;
  private readonly world: World;
  private readonly places: Places;
  private readonly microscope: Microscope;
  private readonly misaligned: Microscope;
  private readonly imperfections: Imperfections;
  private here = perfect;
  private blank = false;
  private focusNm = 0;
  private place: Region | null = null;
  private nextIndex: number;
  private stageMoves = 0;
  private exposures = 0;

  constructor(
    private readonly options: SimulatedOptions,
    private readonly plan: FaultPlan,
  ) {
    this.anchor = options.mode === "anchor";
    this.steady = this.anchor || options.realism?.imperfections === false;
    this.world = new World(options.structure, checkedSeed(options.seed), options.sample);
    this.places = new Places(this.world);
    const m = this.anchor ? anchorMicroscope(options.dye) : rigMicroscope(options.dye, options.realism);
    this.microscope = m;
    this.misaligned = { ...m, optics: { ...m.optics, doughnutShiftNm: [35, -20], zeroResidual: 0.06 } };
    this.imperfections = new Imperfections(options.seed);
    this.nextIndex = options.firstRegion ?? 0;
  }

  current(): Region | null {
    return this.place;
  }

  /** @throws ProtocolError for a place off the slide, or when the stage does not move */
  move(move: RegionMove): Region {
    const { plan } = this;
    plan.begin("move");
    if (plan.strikes("stage-refuse")) {
      throw new ProtocolError("DEVICE_LOST", "the stage does not move", { data: { retryable: true } });
    }
    const next = "move" in move;
    const place = next
      ? this.places.next(this.nextIndex++)
      : stagePlace(`s${this.stageMoves + 1}`, move.xUm, move.yUm);
    if (!next) this.stageMoves++;
    this.place = place;
    this.exposures = 0;
    this.here = this.steady ? perfect : this.imperfections.arrive(place.id);
    this.blank = plan.strikes("blank-field");
    this.focusNm = plan.strikes("focus-loss") ? plan.stream("focus-loss").between(300, 800) : 0;
    if (plan.strikes("stage-error")) {
      const random = plan.stream("stage-error");
      const [far, angle] = [random.between(2000, 4000), random.between(0, 2 * Math.PI)];
      const [dx, dy] = this.here.offsetNm;
      this.here = { ...this.here, offsetNm: [dx + far * Math.cos(angle), dy + far * Math.sin(angle)] };
    }
    return place;
  }

  /** Bundles of the current place; looking at their molecules fills them. */
  bundles(): ReturnType<World["bundlesIn"]> {
    return this.place === null || this.blank ? [] : this.world.bundlesIn(this.reach(this.place));
  }

  /** Bundles of earlier places that should rest, now that those of this place are filled. */
  idle(): ReturnType<World["idle"]> {
    return this.world.idle(this.bundles());
  }

  /** Everything that decides one frame, drawn and counted; call once a frame, in order. */
  job(step: AcquireStep, region: Region, widthPx: number, heightPx: number): FrameJob {
    const { plan } = this;
    const { sample } = this.options;
    const asked = scanOf(step.settings, step.kind, heightPx, widthPx);
    const scan = {
      ...asked,
      excitationW: asked.excitationW * this.here.excitation,
      depletionW: asked.depletionW * this.here.depletion * (plan.strikes("laser-drift") ? 0.7 : 1),
    };
    const origin = windowOrigin(region, widthPx, heightPx);
    const exposure = this.exposures++;
    const stream = (name: string): RandomStream =>
      RandomStream.of(this.options.seed, name, region.id, exposure);
    const seconds = frameMs(step.settings, widthPx, heightPx) / 1000;
    const moving = this.steady ? null : this.imperfections.frame(heightPx, seconds);
    const rows = this.rows(moving?.rows, heightPx);
    const deep = this.focusNm > 0 || (sample?.depthSdNm ?? 0) > 150;
    const field = new MoleculeField(this.bundles(), this.anchor ? 1 : deep ? slices : inFocusSlices);
    if (plan.strikes("photoswitching")) field.thin(0.2, plan.stream("photoswitching"));
    const [startX, startY] = moving?.startNm ?? [0, 0];
    return {
      microscope: plan.strikes("misalignment") ? this.misaligned : this.microscope,
      scan,
      field,
      pixelNm: region.pixelSizeNm,
      originXNm: origin.x + this.here.offsetNm[0] + startX,
      originYNm: origin.y + this.here.offsetNm[1] + startY,
      driftNm: this.drift(moving?.driftNm ?? [0, 0]),
      focusNm: this.focusNm,
      backgroundFactor: (plan.strikes("light-leak") ? 30 : 1) * (sample?.background ?? 1),
      ...(rows === undefined ? {} : { rows }),
      bleaching: stream("bleaching"),
      photons: stream("photons"),
    };
  }

  private drift(own: readonly [number, number]): [number, number] {
    if (!this.plan.strikes("drift")) return [...own];
    const angle = this.plan.stream("drift").between(0, 2 * Math.PI);
    return [own[0] + 120 * Math.cos(angle), own[1] + 120 * Math.sin(angle)];
  }

  private rows(own: RowDisturbance | undefined, heightPx: number): RowDisturbance | undefined {
    const { plan } = this;
    const noise = (
      fault: "vibration" | "laser-noise",
      sd: number,
      base?: ArrayLike<number>,
    ): Float64Array => {
      const random = plan.stream(`${fault}/rows`);
      return Float64Array.from({ length: heightPx }, (_, y) => (base?.[y] ?? 0) + sd * random.normal());
    };
    let out = own;
    if (plan.strikes("vibration")) {
      const shiftXNm = noise("vibration", 35, out?.shiftXNm);
      out = { ...out, shiftXNm, shiftYNm: noise("vibration", 35, out?.shiftYNm) };
    }
    if (plan.strikes("laser-noise")) {
      const flat = Float64Array.from({ length: heightPx }, () => 1);
      out = { ...out, gain: noise("laser-noise", 0.15, out?.gain ?? flat).map((v) => Math.max(0, v)) };
    }
    return out;
  }

  /** The region, where stage and drift have brought it, and as far around it as light can reach, nm. */
  private reach(region: Region): Box {
    const [driftedX, driftedY] = this.steady ? [0, 0] : this.imperfections.driftedNm;
    const [dx, dy] = [this.here.offsetNm[0] + driftedX, this.here.offsetNm[1] + driftedY];
    const half = (region.widthPx / 2 + 35) * region.pixelSizeNm;
    const [x, y] = [region.xUm * 1000 + dx, region.yUm * 1000 + dy];
    return { x0: x - half, y0: y - half, x1: x + half, y1: y + half };
  }
}
