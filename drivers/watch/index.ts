import type { DriverContext } from "../context.js";
import type { Rig } from "../contract.js";
import { WatchRig } from "./watch-rig.js";

export { type WatchOptions, WatchRig } from "./watch-rig.js";

interface WatchConfig {
  readonly kind: "watch";
  readonly folder: string;
  readonly pixelSizeNm: number;
  readonly subfolders: boolean;
  readonly stack?: string | number | undefined;
  readonly lifetimeNs?: readonly [number, number] | undefined;
  readonly pollS: number;
  readonly settleS: number;
  readonly playback?: { readonly everyS: number; readonly loop: boolean } | undefined;
}

export async function openWatch(config: WatchConfig, context: DriverContext): Promise<Rig> {
  const { pollS, settleS, kind: _kind, stack, ...rest } = config;
  const { version, clock, logger } = context;
  return new WatchRig({
    ...rest,
    ...(stack === undefined ? {} : { stack: String(stack) }),
    pollMs: pollS * 1000,
    settleMs: settleS * 1000,
    version,
    clock,
    logger,
  });
}
