import type { DriverContext } from "../context.js";
import type { Rig } from "../contract.js";
import { ZmqFramesRig } from "./zmq-frames-rig.js";

export { type ZmqFramesOptions, ZmqFramesRig } from "./zmq-frames-rig.js";

interface ZmqFramesConfig {
  readonly address: string;
  readonly topic: string;
  readonly pixelSizeNm: number;
}

/** `rig: {kind: zmq-frames, address, topic?, pixelSizeNm?}` of the configuration. */
export async function openZmqFrames(config: ZmqFramesConfig, context: DriverContext): Promise<Rig> {
  const { version, clock, logger } = context;
  const { address, topic, pixelSizeNm } = config;
  return new ZmqFramesRig({ address, topic, pixelSizeNm, version, clock, logger });
}
