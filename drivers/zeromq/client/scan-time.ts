import type { AcquireRequest } from "../../contract.js";

/**
 * Bare pixel time of an acquisition in ms: the sum over steps of dwell × lines × pixels. Null for a rig without a dwell
 * time or where the size is not known. Rigs add flyback and settling on top.
 */
export function bareScanMs(
  request: AcquireRequest,
  region: { readonly widthPx: number; readonly heightPx: number } | null,
): number | null {
  const width = request.widthPx ?? region?.widthPx;
  const height = request.heightPx ?? region?.heightPx;
  if (width === undefined || height === undefined) return null;
  let ms = 0;
  for (const { settings } of request.steps) {
    if (settings.dwellTimeUs === undefined) return null;
    ms += (settings.dwellTimeUs * (settings.lineRepeats ?? 1) * width * height) / 1000;
  }
  return ms;
}

/** Learns how much longer than the bare pixel time this rig takes, from the durations it reports. */
export class ScanTimes {
  private factor: number | null = null;

  constructor(private readonly unknownMs: number) {}

  learn(bareMs: number | null, durationMs: number): void {
    if (bareMs === null || bareMs <= 0) return;
    this.factor = Math.max(this.factor ?? 1, durationMs / bareMs);
  }

  /** Expected duration, ms; null when nothing is known. */
  expectedMs(bareMs: number | null): number | null {
    return bareMs === null ? null : bareMs * (this.factor ?? 1);
  }

  /**
   * How long to wait for an acquisition: the request's own time-out and a margin for the way; else the expected time
   * + 20 % + 5 s once this rig's pace is known; else the rig's own default, 2 × the scan + 10 s.
   */
  deadlineMs(bareMs: number | null, timeoutMs: number | undefined): number {
    if (timeoutMs !== undefined) return timeoutMs + 2000;
    if (bareMs === null) return this.unknownMs;
    return this.factor === null ? 2 * bareMs + 12_000 : bareMs * this.factor * 1.2 + 5000;
  }
}
