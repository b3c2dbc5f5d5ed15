import { type Frame, pixelBytes } from "../core/index.js";

export interface ObservedFramesOptions {
  /** Scores and records a frame; rejects when it could not be recorded. */
  readonly full: (frame: Frame) => Promise<void>;
  /** Records a frame that came faster than frames can be scored. */
  readonly unscored: (frame: Frame) => Promise<void>;
  readonly onError: (error: Error) => void;
  /** Bytes of pixels that may wait to be scored; default 256 MiB. */
  readonly mostBytes?: number;
}

const defaultMostBytes = 2 ** 28;

/**
 * Frames that nobody asked for, at whatever rate they come: the newest is scored first, so that a person sees what is now;
 * older ones follow when there is time. When more wait than memory is meant for, the oldest are recorded without a
 * score. No frame is left out of the record.
 */
export class ObservedFrames {
  private readonly waiting: Frame[] = [];
  private bytes = 0;
  private busy = false;
  private shedding = 0;
  private working: Promise<void> = Promise.resolve();
  private recording: Promise<void> = Promise.resolve();

  constructor(private readonly options: ObservedFramesOptions) {}

  /** Frames that came and are not in the record yet, the one in hand left out. */
  get left(): number {
    return this.waiting.length + this.shedding;
  }

  put(frame: Frame): void {
    this.waiting.push(frame);
    this.bytes += pixelBytes(frame.pixels).byteLength;
    // The newest always stays: a single frame may be larger than the bound.
    while (this.bytes > (this.options.mostBytes ?? defaultMostBytes) && this.waiting.length > 1) this.shed();
    if (!this.busy) {
      this.busy = true;
      this.working = this.work();
    }
  }

  /** Nothing is scored any more: records what waits, and resolves when the frame in hand is recorded too. */
  async flush(): Promise<void> {
    while (this.waiting.length > 0) this.shed();
    await this.working;
    await this.recording;
  }

  private shed(): void {
    const oldest = this.waiting.shift() as Frame;
    this.bytes -= pixelBytes(oldest.pixels).byteLength;
    this.shedding++;
    this.recording = this.recording
      .then(() => this.options.unscored(oldest))
      .catch((error: Error) => this.options.onError(error))
      .finally(() => this.shedding--);
  }

  private async work(): Promise<void> {
    for (let frame = this.waiting.pop(); frame !== undefined; frame = this.waiting.pop()) {
      this.bytes -= pixelBytes(frame.pixels).byteLength;
      await this.options.full(frame).catch((error: Error) => this.options.onError(error));
    }
    this.busy = false;
  }
}
