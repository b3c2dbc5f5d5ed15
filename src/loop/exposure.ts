import type { AcquireStep } from "../../drivers/contract.js";
import {
  doseUj,
  type Frame,
  type ObjectiveValues,
  type Observation,
  type Region,
  type ScoreRecord,
  type Settings,
  timestamp,
} from "../core/index.js";
import type { FrameRole, StepIntent, StoredFrame } from "../journal/index.js";
import { describeField, evaluateObjectives } from "../objectives/index.js";
import { type LeaseKeeper, requestDose } from "../safety/index.js";
import type { StepSummary } from "./contract.js";
import { reasonToSkip } from "./field-gate.js";
import { type FrameDesk, summarise } from "./frame-desk.js";
import type { LightDesk } from "./light-desk.js";
import type { SessionParts } from "./parts.js";
import type { SessionStore } from "./store.js";

export type Plan = Omit<
  StepIntent,
  "region" | "plannedDoseUj" | "plannedDoseJPerCm2" | "lookDoseJPerCm2" | "at" | "rigStart" | "run"
>;
export type Outcome =
  | {
      readonly kind: "done";
      readonly summary: StepSummary;
      readonly observation: Observation;
      readonly doseUj: number;
    }
  | { readonly kind: "skipped"; readonly reason: string; readonly doseUj: number };

/** Takes one step's frames at one place: intent to the journal, light, scores, objectives, commit. */
export class Exposure {
  constructor(
    private readonly parts: SessionParts,
    private readonly store: SessionStore,
    private readonly desk: FrameDesk,
    private readonly lease: LeaseKeeper,
    private readonly light: LightDesk,
  ) {}

  /**
   * One attempt at a plan on the region under the scanner. Resolves when everything is on disk; rejects with the
   * rig's, envelope's or journal's error (the intent then stands without a result).
   * @param kinds which frames: all three, or the STED frame alone (hold mode)
   */
  async take(plan: Plan, region: Region | null, kinds: "triple" | "sted"): Promise<Outcome> {
    const { parts } = this;
    const settings: Settings = Object.freeze({ ...parts.config.fixed, ...plan.settings });
    const steps = this.steps(settings, kinds);
    // Refusals come before anything is written or moved.
    this.light.check(steps, region);
    const plannedJPerCm2 = requestDose(steps, parts.envelope);
    const lookJPerCm2 = kinds === "triple" ? requestDose(steps.slice(0, 1), parts.envelope) : 0;
    const pixels = (region?.widthPx ?? 0) * (region?.heightPx ?? 0);
    const planned = (doseUj(settings) ?? 0) * pixels;
    this.lease.enter("committing", parts.config.deadlinesS.commit * 1000);
    await parts.journal.beginStep({
      ...plan,
      run: parts.run,
      settings,
      region,
      rigStart: parts.info.start,
      plannedDoseUj: planned,
      // A rig without a dwell time has no dose that could be told.
      ...(Number.isNaN(plannedJPerCm2)
        ? {}
        : { plannedDoseJPerCm2: plannedJPerCm2, lookDoseJPerCm2: lookJPerCm2 }),
      at: timestamp(parts.clock),
    });
    const frames = new Map<FrameRole, Frame>();
    const look = kinds === "triple" && parts.config.gate === "auto" && region !== null;
    if (look) {
      const first = (await this.light.acquire(steps.slice(0, 1), region))[0] as Frame;
      frames.set("before", first);
      const reason = reasonToSkip(first);
      if (reason !== null) return this.skip(plan, first, reason);
    }
    const rest = look ? steps.slice(1) : steps;
    const taken = await this.light.acquire(rest, region);
    const roles: readonly FrameRole[] = kinds === "sted" ? ["sted"] : ["before", "sted", "after"];
    roles.slice(look ? 1 : 0).forEach((role, i) => {
      frames.set(role, taken[i] as Frame);
    });
    return this.finish(plan, settings, frames, planned, plannedJPerCm2);
  }

  unlessGone<T>(asked: Promise<T>): Promise<T> {
    return this.light.unlessGone(asked);
  }

  /** Whether a budget of light, J/cm² a pixel for the whole run, has room for this step. */
  fits(settings: Settings, kinds: "triple" | "sted", budgetJPerCm2: number): boolean {
    const planned = requestDose(
      this.steps({ ...this.parts.config.fixed, ...settings }, kinds),
      this.parts.envelope,
    );
    return this.light.account.runJPerCm2 + planned <= budgetJPerCm2;
  }

  private steps(settings: Settings, kinds: "triple" | "sted"): readonly AcquireStep[] {
    const sted: AcquireStep = { kind: "sted", settings };
    if (kinds === "sted") return [sted];
    const confocal: AcquireStep = { kind: "confocal", settings: this.parts.config.confocal };
    return [confocal, sted, confocal];
  }

  private async skip(plan: Plan, first: Frame, reason: string): Promise<Outcome> {
    const { journal, run } = this.parts;
    this.lease.enter("committing", this.parts.config.deadlinesS.commit * 1000);
    const score = await this.desk.score(first);
    await journal.addFrame(run, { role: "extra", frame: first, score });
    await journal.endAttempt(run, plan.step, plan.attempt, "failed", `skipped: ${reason}`);
    return { kind: "skipped", reason, doseUj: 0 };
  }

  private async finish(
    plan: Plan,
    settings: Settings,
    frames: ReadonlyMap<FrameRole, Frame>,
    planned: number,
    doseJPerCm2: number,
  ): Promise<Outcome> {
    const { parts } = this;
    this.lease.enter("scoring", parts.config.deadlinesS.score * 1000 * frames.size);
    this.store.patch({ stage: "scoring" });
    const scores = new Map<FrameRole, ScoreRecord>();
    for (const [role, frame] of frames) {
      const known = this.desk.seen(frame.id);
      const score = await this.desk.score(frame);
      scores.set(role, score);
      if (!known || role !== "extra") {
        const shown = role === "extra" ? null : role;
        this.store.emit({ type: "frame", frame: summarise(frame, shown, plan.step, score) });
      }
    }
    const score = scores.get("sted") ?? null;
    const objectives = evaluateObjectives({
      before: frames.get("before") ?? null,
      sted: frames.get("sted") ?? null,
      after: frames.get("after") ?? null,
      score,
      settings,
    });
    const at = timestamp(parts.clock);
    const names = parts.parameters.map((p) => p.name);
    const turned = Object.fromEntries(names.map((name) => [name, settings[name] as number]));
    const observation = {
      settings: turned,
      objectives: chosen(objectives, parts),
      ...fieldOf(frames.get("before"), parts),
    };
    const stored: StoredFrame[] = [...frames].map(([role, frame]) => ({
      role,
      frame,
      score: scores.get(role) ?? null,
    }));
    const sted = frames.get("sted") as Frame;
    this.lease.enter("committing", parts.config.deadlinesS.commit * 1000);
    this.store.patch({ stage: "writing" });
    await parts.journal.commitStep({
      run: parts.run,
      step: plan.step,
      attempt: plan.attempt,
      at,
      actual: sted.actual,
      objectives,
      observation,
      score,
      doseUj: planned,
      ...(Number.isNaN(doseJPerCm2) ? {} : { doseJPerCm2 }),
      frames: stored,
    });
    const summary: StepSummary = {
      step: plan.step,
      at,
      region: sted.region,
      settings,
      actual: sted.actual,
      why: plan.why,
      by: plan.by,
      objectives,
      score,
      frames: {
        before: frames.get("before")?.id ?? null,
        sted: sted.id,
        after: frames.get("after")?.id ?? null,
      },
    };
    return { kind: "done", summary, observation, doseUj: planned };
  }
}

/** The features of the field that the optimiser is told beside the settings. */
function fieldOf(before: Frame | undefined, { config }: SessionParts): Pick<Observation, "context"> {
  const names = config.context ?? [];
  if (before === undefined || names.length === 0) return {};
  const seen = describeField(before);
  const context = Object.fromEntries(
    names.flatMap((name) => (seen[name] === undefined ? [] : [[name, seen[name]]])),
  );
  return Object.keys(context).length === 0 ? {} : { context };
}

/** What the optimiser is told: its own objectives, without those it knows exactly. */
function chosen(values: ObjectiveValues, parts: SessionParts): Readonly<Record<string, number | null>> {
  return Object.fromEntries(parts.objectives.map((o) => [o.name, values[o.name]?.value ?? null]));
}
