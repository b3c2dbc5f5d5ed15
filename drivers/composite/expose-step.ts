import { type Approved, type Frame, ProtocolError } from "../../src/core/index.js";
import type { AcquireRequest, Rig, RigFault } from "../contract.js";
import type { Beam } from "./beam.js";
import type { Source } from "./source.js";

/** A beam that is lit in a step, and its power at the sample. */
export interface Lit {
  readonly beam: Beam;
  readonly powerMw: number;
}
/** A source that comes on sooner than this waits for those that take longer: light that is there waits on the sample. */
const promptMs = 500;

/** Light at the sample: first what takes its time or is not known yet, then the rest. */
async function openAll(doors: readonly Source[]): Promise<void> {
  const slow = doors.filter((s) => (s.need().usualOnMs ?? Number.POSITIVE_INFINITY) > promptMs);
  const prompt = doors.filter((s) => !slow.includes(s));
  for (const group of [slow, prompt]) await Promise.all(group.map((s) => s.need().lightUp(true)));
}

export const aborted = (): ProtocolError =>
  new ProtocolError("ABORTED", "acquisition aborted", { data: { retryable: true } });

/** Prepares the beams in the dark, opens them for one scan, reads them back while they shine, and shuts them. */
export async function exposeStep(on: {
  readonly scanner: Rig;
  readonly request: Approved<AcquireRequest>;
  readonly lit: readonly Lit[];
  readonly stop: () => boolean;
  /** Set-points stand, light follows: the last moment to write down what a crash would leave on. */
  readonly prepared: () => void;
  readonly fault: (fault: RigFault) => void;
}): Promise<Frame> {
  const { scanner, request, lit, stop } = on;
  await Promise.all(lit.map(({ beam, powerMw }) => beam.prepare(powerMw)));
  if (stop()) throw aborted();
  on.prepared();
  try {
    await openAll(lit.flatMap(({ beam }) => beam.doors));
    const read: Record<string, number> = {};
    for (const { beam } of lit) {
      const { value, off } = await beam.actual();
      if (value !== null) read[beam.setting] = value;
      if (off !== null) on.fault({ code: "READBACK", message: off, source: beam.carrier.name });
    }
    if (stop()) throw aborted();
    const { frames } = await scanner.acquire(request);
    const [frame] = frames;
    if (frame === undefined) throw new ProtocolError("BAD_REPLY", "the scanner gave no frame");
    return { ...frame, actual: { ...frame.actual, ...read } };
  } finally {
    await Promise.all(lit.map(({ beam }) => beam.shut("the scan has ended")));
  }
}
