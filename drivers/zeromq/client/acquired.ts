import { type Frame, ProtocolError, type Region, type StedError } from "../../../src/core/index.js";
import type { AcquireRequest, RigCapabilities } from "../../contract.js";
import { abortedSchema, type Descriptor, type Params } from "../schemas.js";
import { type Part, toFrame } from "../wire.js";

/** What every rig does anyway is not said to a rig that has no such knob. */
const noOps: Readonly<Record<string, number>> = { lineRepeats: 1, depletionPowerMw: 0 };

/** The request as it goes on the wire. */
export function toParams(
  request: AcquireRequest,
  capabilities: RigCapabilities | undefined,
): Params<"acquire"> {
  const known = new Set(capabilities?.parameters.map((spec) => spec.name));
  const steps = request.steps.map(({ kind, settings }) => ({
    kind,
    settings: Object.fromEntries(
      Object.entries(settings).filter(([name, value]) => known.has(name) || noOps[name] !== value),
    ),
  }));
  const { region, widthPx, heightPx, timeoutMs } = request;
  return {
    steps,
    ...(region === undefined ? {} : { region }),
    ...(widthPx === undefined ? {} : { widthPx }),
    ...(heightPx === undefined ? {} : { heightPx }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  };
}

/** Frames of an answer, pixels copied and checked. Throws BAD_FRAME naming the frame and what is wrong with it. */
export function readFrames(
  descriptors: readonly Descriptor[],
  pixels: readonly Part[],
  rig: string,
): readonly Frame[] {
  return descriptors.map((descriptor) => toFrame(descriptor, pixels[descriptor.part], rig, "request"));
}

/** Are the frames those that were asked for? Throws BAD_FRAME otherwise. */
export function checkAnswer(frames: readonly Frame[], request: AcquireRequest, place: Region | null): void {
  const wrong = (message: string): ProtocolError =>
    new ProtocolError("BAD_FRAME", message, { hint: "run `stedloop rig-check` against the rig server" });
  if (frames.length !== request.steps.length) {
    throw wrong(`${request.steps.length} frames were asked for, ${frames.length} came`);
  }
  for (const [i, frame] of frames.entries()) {
    const kind = request.steps[i]?.kind;
    if (frame.kind !== kind) throw wrong(`frame ${i} is ${frame.kind}, but ${kind} was asked for`);
    const height = request.heightPx ?? place?.heightPx ?? frame.shape[0];
    const width = request.widthPx ?? place?.widthPx ?? frame.shape[1];
    if (frame.shape[0] !== height || frame.shape[1] !== width) {
      throw wrong(`frame ${i} is ${frame.shape.join("x")} (h x w), but ${height}x${width} was asked for`);
    }
  }
}

/** An acquisition that ended early: the same error with its frames so far as `data.frames`, and the cause. */
export function withFramesSoFar(error: unknown, rig: string): StedError | null {
  if (!(error instanceof ProtocolError) || error.code !== "ABORTED") return null;
  const details = abortedSchema.safeParse(error.data.details);
  const parts = Array.isArray(error.data.pixels) ? (error.data.pixels as Part[]) : [];
  const { where, hint, message } = error;
  let frames: readonly Frame[] = [];
  try {
    if (details.success) frames = readFrames(details.data.frames, parts, rig);
  } catch {
    // A broken frame of an ended acquisition must not hide that it ended.
  }
  return new ProtocolError("ABORTED", message, {
    ...(where === undefined ? {} : { where }),
    ...(hint === undefined ? {} : { hint }),
    data: { retryable: true, cause: details.success ? details.data.cause : "unknown", frames },
  });
}
