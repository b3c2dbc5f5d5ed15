import type { Frame } from "../../../src/core/index.js";

const remembered = 512;

/**
 * Every frame once, whether it came in a reply, as an event or was fetched after a gap; knows which numbers of the
 * rig's frame counter are missing.
 */
export class FrameInbox {
  private readonly ids = new Set<string>();
  private readonly seqs = new Set<number>();
  private highest = 0;
  private suspectFrom: number | null = null;

  constructor(private readonly deliver: (frame: Frame, request: string | undefined) => void) {}

  /** @returns false when the frame was delivered before */
  put(frame: Frame, request?: string): boolean {
    if (this.ids.has(frame.id)) return false;
    this.ids.add(frame.id);
    this.seqs.add(frame.seq);
    this.highest = Math.max(this.highest, frame.seq);
    for (const set of [this.ids, this.seqs] as readonly Set<unknown>[]) {
      if (set.size > remembered) set.delete(set.values().next().value);
    }
    this.deliver(frame, request);
    return true;
  }

  /** Events were lost: frames after the newest known one may be among them. */
  suspect(): void {
    if (this.highest > 0) this.suspectFrom ??= this.highest + 1;
  }

  /** Fetches what a gap hid. @param fetch resolves null for a frame that the rig does not have (any more, or yet) */
  async recover(fetch: (frameSeq: number) => Promise<Frame | null>): Promise<number> {
    const from = this.suspectFrom;
    if (from === null) return 0;
    this.suspectFrom = null;
    let found = 0;
    // Only the last 64 are kept; beyond the newest known one the first missing number is the end.
    for (let seq = Math.max(from, this.highest - 63); seq <= this.highest + 64; seq++) {
      if (this.seqs.has(seq)) continue;
      const beyond = seq > this.highest;
      const frame = await fetch(seq);
      if (frame === null && beyond) break;
      if (frame !== null && this.put(frame)) found++;
    }
    return found;
  }

  /** Another start: ids and numbers begin anew. */
  reset(): void {
    this.ids.clear();
    this.seqs.clear();
    this.highest = 0;
    this.suspectFrom = null;
  }
}
