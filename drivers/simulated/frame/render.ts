/** One frame: settings and a field in, photon counts out, the field bleached as the scan left it. */
import type { FrameKind, RandomStream, Settings } from "../../../src/core/index.js";
import type { Microscope } from "../physics/profile.js";
import { responseOf } from "../physics/response.js";
import { type Field, type SiteGrid, sliceNm } from "../sample/field.js";
import { backgroundCounts, detect } from "./detector.js";
import { eventDrivenImage } from "./event-driven.js";
import { hybridImage } from "./hybrid.js";
import { type Scan, type SurvivalKernel, siteSurvival, survivalKernel } from "./kernels.js";
import { phaseResponses, refinement } from "./phases.js";
import { disturbRows, type RowDisturbance } from "./rows.js";

/** Settings of one scan in SI units. */
export interface ScanPowers extends Scan {
  readonly excitationW: number;
  readonly depletionW: number;
}

/** @param settings with `depletionPowerMw`, `excitationPowerUw`, `dwellTimeUs`, `lineRepeats`; a confocal has no depletion */
export function scanOf(settings: Settings, kind: FrameKind, heightPx: number, widthPx: number): ScanPowers {
  return {
    heightPx,
    widthPx,
    dwellS: (settings.dwellTimeUs ?? 10) * 1e-6,
    lines: settings.lineRepeats ?? 1,
    excitationW: (settings.excitationPowerUw ?? 0) * 1e-6,
    depletionW: kind === "confocal" ? 0 : (settings.depletionPowerMw ?? 0) * 1e-3,
  };
}

const kept = new WeakMap<Microscope, Map<string, SurvivalKernel[]>>();

/** Kernels of all phases for given settings; the last few dozen are kept. @param depthNm distance from the focal plane */
export function kernelsOf(
  m: Microscope,
  scan: ScanPowers,
  pixelNm: number,
  depthNm: number,
  r = refinement(pixelNm),
): SurvivalKernel[] {
  let known = kept.get(m);
  if (known === undefined) {
    known = new Map();
    kept.set(m, known);
  }
  const key = [scan.excitationW, scan.depletionW, scan.dwellS, scan.lines, pixelNm, depthNm, r].join();
  let found = known.get(key);
  if (found === undefined) {
    const fine = responseOf(m, pixelNm / r, scan, scan.dwellS, depthNm);
    found = phaseResponses(fine, r).map((response) => survivalKernel(response, scan));
    if (known.size >= 40) known.delete(known.keys().next().value as string);
    known.set(key, found);
  }
  return found;
}

export type Method = "hybrid" | "event-driven";
/** Above this loss per frame the hybrid's error passes 2 % of the mean (specification §3), and the exact method is taken. */
const exactAbove = 0.8;

export interface FrameJob {
  readonly microscope: Microscope;
  readonly scan: ScanPowers;
  readonly field: Field;
  readonly pixelNm: number;
  readonly originXNm?: number;
  readonly originYNm?: number;
  /** How far the sample moves during the frame, nm (x, y). */
  readonly driftNm?: readonly [number, number];
  readonly focusNm?: number;
  /** Times the detector's own background. */
  readonly backgroundFactor?: number;
  /** Flicker and vibration, a row at a time. */
  readonly rows?: RowDisturbance;
  /** Default: by the expected loss. */
  readonly method?: Method;
  readonly bleaching: RandomStream;
  readonly photons: RandomStream;
}
export interface Exposure {
  /** Expected counts per pixel of the sample, without background, row-major. */
  readonly image: Float64Array;
  /** Share of molecules that such a frame bleaches in its interior, 0..1. */
  readonly loss: number;
  /** Which algorithm made it. */
  readonly method: Method;
}
export interface RenderedFrame extends Omit<Exposure, "image"> {
  readonly pixels: Uint16Array;
  readonly saturated: number;
}

export function siteGrid(job: Omit<FrameJob, "microscope" | "bleaching" | "photons">, margin = 0): SiteGrid {
  return {
    heightPx: job.scan.heightPx,
    widthPx: job.scan.widthPx,
    margin: job.field.margin ? margin : 0,
    pixelNm: job.pixelNm,
    refinement: refinement(job.pixelNm),
    originXNm: job.originXNm ?? 0,
    originYNm: job.originYNm ?? 0,
    driftNm: job.driftNm ?? [0, 0],
    focusNm: job.focusNm ?? 0,
  };
}

/** Scans the field once, drawing who bleaches when. */
export function exposeField(job: FrameJob): Exposure {
  const { microscope, scan, field, pixelNm } = job;
  const kernels = Array.from({ length: field.slices }, (_, i) =>
    kernelsOf(microscope, scan, pixelNm, i * sliceNm),
  ).flat();
  const loss = kernels[0]?.loss ?? 0;
  const method = job.method ?? (loss > exactAbove ? "event-driven" : "hybrid");
  const margin = kernels.reduce((r, k) => Math.max(r, k.radius), 0);
  const grid = siteGrid(job, margin);
  if (method === "event-driven") {
    const { image, dead } = eventDrivenImage(field.groups(grid), kernels, scan, job.bleaching);
    field.remove(dead);
    return { image, loss, method };
  }
  const survival = kernels.map((k) => siteSurvival(k, scan, grid.margin));
  const reached = field.scan(grid, survival, job.bleaching);
  const groups = reached
    .map((counts, i) => ({ margin: grid.margin, counts, kernel: kernels[i] as SurvivalKernel }))
    .filter((g) => g.counts.some((v) => v > 0));
  return { image: hybridImage(groups, scan), loss, method };
}

export function renderScan(job: FrameJob): RenderedFrame {
  const { image, loss, method } = exposeField(job);
  if (job.rows !== undefined) disturbRows(image, job.scan, job.pixelNm, job.rows);
  const timeS = job.scan.dwellS * job.scan.lines;
  const background = backgroundCounts(job.microscope, timeS, job.backgroundFactor ?? 1);
  const { pixels, saturated } = detect(image, background, job.microscope.detector, timeS, job.photons);
  return { pixels, saturated, method, loss };
}
