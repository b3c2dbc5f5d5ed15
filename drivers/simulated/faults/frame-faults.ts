/** What faults do to a frame that was properly taken. */
import { ProtocolError } from "../../../src/core/index.js";
import type { ExposedFrame } from "../../contract.js";
import type { FaultPlan } from "./plan.js";

/**
 * @param before the last frame that was delivered, for a duplicate
 * @throws ProtocolError where the fault costs the whole frame
 */
export function spoilFrame(plan: FaultPlan, frame: ExposedFrame, before: ExposedFrame | null): ExposedFrame {
  const [height, width] = frame.shape;
  const { pixels } = frame;
  let out = frame;
  if (plan.strikes("frame-drop")) {
    throw new ProtocolError("DEVICE_LOST", "the frame was lost on its way from the detector", {
      data: { retryable: true },
    });
  }
  if (plan.strikes("detector-overload")) {
    throw new ProtocolError("SATURATED", "the detector switched itself off", { data: { retryable: true } });
  }
  if (plan.strikes("frame-duplicate") && before !== null) return before;
  if (plan.strikes("frame-blank")) out = { ...out, pixels: new Uint16Array(pixels.length) };
  if (plan.strikes("frame-truncated")) {
    const kept = Uint16Array.from(out.pixels);
    kept.fill(0, Math.floor(height * plan.stream("frame-truncated").between(0.3, 0.95)) * width);
    out = { ...out, pixels: kept };
  }
  if (plan.strikes("frame-nan")) {
    const broken = Float32Array.from(out.pixels);
    broken[plan.stream("frame-nan").int(broken.length)] = Number.NaN;
    out = { ...out, pixels: broken };
  }
  if (plan.strikes("frame-size") && height > 2 && width > 2) {
    const small = new Uint16Array((height - 2) * (width - 2));
    for (let y = 0; y < height - 2; y++) {
      small.set(Uint16Array.from(out.pixels.subarray(y * width, y * width + width - 2)), y * (width - 2));
    }
    out = { ...out, pixels: small, shape: [height - 2, width - 2] };
  }
  if (plan.strikes("frame-transposed")) {
    const [h, w] = out.shape;
    const turned = Uint16Array.from(
      out.pixels,
      (_, i) => out.pixels[(i % h) * w + Math.floor(i / h)] as number,
    );
    out = { ...out, pixels: turned, shape: [w, h] };
  }
  if (plan.strikes("frame-pixel-size")) out = { ...out, pixelSizeNm: 2 * out.pixelSizeNm };
  if (plan.strikes("nan-read-back"))
    out = { ...out, actual: { ...out.actual, excitationPowerUw: Number.NaN } };
  return out;
}
