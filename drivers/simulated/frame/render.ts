/** One frame: settings and a field in, photon counts out, the field bleached as the scan left it. */
import type { FrameKind, RandomStream, Settings } from "../../../src/core/index.js";
import type { Microscope } from "../physics/profile.js";
import { responseOf } from "../physics/response.js";
import { type Field, type SiteGrid, sliceNm, slices } from "../sample/field.js";
import { backgroundCounts, detect } from "./detector.js";
import { hybridImage } from "./hybrid.js";
import {
  type Scan,
  type SiteSurvival,
  type SurvivalKernel,
  siteSurvival,
  survivalKernel,
} from "./kernels.js";

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

const kernels = new WeakMap<Microscope, Map<string, SurvivalKernel>>();

/** Kernel for given settings; the last few dozen are kept. @param depthNm distance from the focal plane */
export function kernelOf(m: Microscope, scan: ScanPowers, pixelNm: number, depthNm: number): SurvivalKernel {
  let known = kernels.get(m);
  if (known === undefined) {
    known = new Map();
    kernels.set(m, known);
  }
  const key = [scan.excitationW, scan.depletionW, scan.dwellS, scan.lines, pixelNm, depthNm].join();
  let found = known.get(key);
  if (found === undefined) {
    found = survivalKernel(responseOf(m, pixelNm, scan, scan.dwellS, depthNm), scan);
    if (known.size >= 40) known.delete(known.keys().next().value as string);
    known.set(key, found);
  }
  return found;
}

export interface FrameJob {
  readonly microscope: Microscope;
  readonly scan: ScanPowers;
  readonly field: Field;
  readonly pixelNm: number;
  readonly originXNm?: number;
  readonly originYNm?: number;
  readonly driftNm?: readonly [number, number];
  readonly focusNm?: number;
  /** Times the detector's own background. */
  readonly backgroundFactor?: number;
  readonly bleaching: RandomStream;
  readonly photons: RandomStream;
}
export interface RenderedFrame {
  readonly pixels: Uint16Array;
  readonly saturated: number;
  /** Which algorithm made it. */
  readonly method: "hybrid";
  /** Share of molecules that such a frame bleaches in its interior, 0..1. */
  readonly loss: number;
}

export function siteGrid(job: FrameJob, radius: number): SiteGrid {
  return {
    heightPx: job.scan.heightPx,
    widthPx: job.scan.widthPx,
    margin: job.field.margin ? radius : 0,
    pixelNm: job.pixelNm,
    originXNm: job.originXNm ?? 0,
    originYNm: job.originYNm ?? 0,
    driftNm: job.driftNm ?? [0, 0],
    focusNm: job.focusNm ?? 0,
  };
}

/** Expected counts per pixel of the sample (no background), drawing who bleaches when. */
export function exposeField(job: FrameJob): { image: Float64Array; loss: number } {
  const { microscope, scan, field, pixelNm } = job;
  const found = Array.from({ length: Math.min(slices, field.slices) }, (_, i) =>
    kernelOf(microscope, scan, pixelNm, i * sliceNm),
  );
  const radius = found.reduce((r, k) => Math.max(r, k.radius), 0);
  const grid = siteGrid(job, radius);
  const survival: SiteSurvival[] = found.map((k) => siteSurvival(k, scan, grid.margin));
  const reached = field.scan(grid, survival, job.bleaching);
  const groups = reached
    .map((counts, i) => ({ margin: grid.margin, counts, kernel: found[i] as SurvivalKernel }))
    .filter((g) => g.counts.some((v) => v > 0));
  return { image: hybridImage(groups, scan), loss: found[0]?.loss ?? 0 };
}

export function renderScan(job: FrameJob): RenderedFrame {
  const { image, loss } = exposeField(job);
  const timeS = job.scan.dwellS * job.scan.lines;
  const background = backgroundCounts(job.microscope, timeS, job.backgroundFactor ?? 1);
  const { pixels, saturated } = detect(image, background, job.microscope.detector, timeS, job.photons);
  return { pixels, saturated, method: "hybrid", loss };
}
