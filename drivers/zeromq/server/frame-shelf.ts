import { randomUUID } from "node:crypto";
import { type Clock, type FrameKind, type Settings, timestamp } from "../../../src/core/index.js";
import type { ExposedFrame } from "../../contract.js";
import type { Descriptor } from "../schemas.js";
import { ownBytes, type Part } from "../wire.js";

export interface ShelvedFrame {
  readonly descriptor: Descriptor;
  readonly bytes: Part;
}
const kept = 64;

/** Numbers every frame since `start` and keeps the last 64, for `frame`. */
export class FrameShelf {
  private readonly frames = new Map<number, ShelvedFrame>();
  private seq = 0;

  constructor(private readonly clock: Clock) {}

  put(kind: FrameKind, settings: Settings, region: string | null, frame: ExposedFrame): ShelvedFrame {
    const [height, width] = frame.shape;
    if (frame.pixels.length !== height * width) {
      throw new Error(`the rig's driver gave ${frame.pixels.length} pixels for ${height}x${width}`);
    }
    const frameSeq = ++this.seq;
    const descriptor: Descriptor = {
      part: 0,
      frameId: randomUUID(),
      dtype: frame.pixels instanceof Float32Array ? "float32" : "uint16",
      shape: [height, width],
      pixelSizeNm: frame.pixelSizeNm,
      kind,
      settings: { ...settings },
      actual: { ...frame.actual },
      region,
      frameSeq,
      acquiredAt: timestamp(this.clock),
      saturated: frame.saturated,
    };
    const shelved = { descriptor, bytes: ownBytes(frame.pixels) };
    this.frames.set(frameSeq, shelved);
    if (this.frames.size > kept) this.frames.delete(frameSeq - kept);
    return shelved;
  }

  find(which: { readonly frameSeq: number } | { readonly frameId: string }): ShelvedFrame | undefined {
    if ("frameSeq" in which) return this.frames.get(which.frameSeq);
    for (const frame of this.frames.values()) if (frame.descriptor.frameId === which.frameId) return frame;
    return undefined;
  }
}
