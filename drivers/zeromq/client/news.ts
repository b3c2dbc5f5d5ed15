import { type Frame, ProtocolError, toStedError } from "../../../src/core/index.js";
import type { RigEvent } from "../../contract.js";
import { toFrame } from "../wire.js";
import type { Asked } from "./connection.js";
import type { FeedEvent } from "./event-feed.js";
import { FrameInbox } from "./inbox.js";

export interface NewsOptions {
  readonly rigName: () => string;
  /** Asks the rig for one frame by its number. */
  readonly fetch: (frameSeq: number) => Promise<Asked<"frame">>;
  /** True while an acquisition of ours runs: its frames come with its answer. */
  readonly busy: () => boolean;
}

/** What the rig publishes, as the loop's events; every frame once, gaps told and filled. */
export class News {
  missedEvents = 0;
  private readonly listeners = new Set<(event: RigEvent) => void>();
  private readonly inbox = new FrameInbox((frame, request) =>
    this.emit({ type: "frame", frame, ...(request === undefined ? {} : { request }) }),
  );

  constructor(private readonly options: NewsOptions) {}

  subscribe(listener: (event: RigEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  emit(event: RigEvent): void {
    for (const listener of [...this.listeners]) listener(event);
  }

  trouble(code: string, message: string): void {
    this.emit({ type: "fault", fault: { code, message, source: "link" } });
  }

  take(event: FeedEvent): void {
    switch (event.topic) {
      case "frame": {
        const { origin, request, ...descriptor } = event.body;
        this.guard(() => {
          const frame = toFrame(descriptor, event.pixels[0], this.options.rigName(), origin);
          this.inbox.put(frame, request ?? undefined);
        });
        return;
      }
      case "progress": {
        const { step, line, lines } = event.body;
        this.emit({ type: "progress", step, line, lines });
        return;
      }
      case "state": {
        const { state, owner, light } = event.body;
        this.emit({ type: "state", state, owner: owner ?? undefined, light });
        return;
      }
      case "fault":
        this.emit({ type: "fault", fault: event.body });
        return;
      case "beat":
        return;
    }
  }

  /** Frames of an answer of ours. */
  delivered(frames: readonly Frame[], request: string): void {
    for (const frame of frames) this.inbox.put(frame, request);
  }

  gap(missed: number): void {
    this.missedEvents += missed;
    this.emit({ type: "gap", missed });
    this.inbox.suspect();
    if (!this.options.busy()) void this.recover();
  }

  /** Fetches frames whose events were lost. */
  async recover(): Promise<void> {
    await this.inbox.recover(async (frameSeq) => {
      try {
        const { result, pixels } = await this.options.fetch(frameSeq);
        const descriptor = result.frames[0];
        if (descriptor === undefined) return null;
        return toFrame(descriptor, pixels[descriptor.part], this.options.rigName(), "rig");
      } catch (error) {
        const gone = error instanceof ProtocolError && error.code === "GONE";
        if (!gone) this.report(error);
        return null;
      }
    });
  }

  /** Another start: nothing of before holds. */
  restarted(start: string): void {
    this.inbox.reset();
    this.emit({ type: "restarted", start });
  }

  private guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.report(error);
    }
  }

  private report(error: unknown): void {
    const { code, message } = toStedError(error);
    this.trouble(code, message);
  }
}
