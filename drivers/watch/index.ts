import type { DriverContext } from "../context.js";
import type { Rig } from "../contract.js";
import { WatchRig } from "./watch-rig.js";

export { type WatchOptions, WatchRig } from "./watch-rig.js";

interface WatchConfig {
  readonly folder: string;
  readonly pixelSizeNm: number;
  readonly playback?: { readonly everyS: number; readonly loop: boolean } | undefined;
}

export async function openWatch(config: WatchConfig, context: DriverContext): Promise<Rig> {
  const { folder, pixelSizeNm, playback } = config;
  const { version, clock, logger } = context;
  return new WatchRig({ folder, pixelSizeNm, playback, version, clock, logger });
}
