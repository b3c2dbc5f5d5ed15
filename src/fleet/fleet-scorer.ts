import {
  type Clock,
  DeadlineError,
  type Image,
  ScoreError,
  type ScoreRecord,
  timestamp,
} from "../core/index.js";
import { checkImage } from "../scoring/index.js";
import type { FleetLink } from "./connection.js";
import { encodeWork, parseMessage, resultSchema, type WorkResult } from "./messages.js";
import { subjects, workId } from "./names.js";
import { keptResult } from "./results.js";

export interface FleetScorerOptions {
  readonly link: FleetLink;
  /** Scores when the fleet does not. */
  readonly local: { score(image: Image): Promise<ScoreRecord> };
  /** modelKey of the network. */
  readonly model: string;
  readonly rig: string;
  /** From asking to the result; then the frame is scored here. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Told in one line when the fleet stops or begins to answer. */
  readonly onNotice: (line: string) => void;
}

/** After a frame without an answer the next ones are scored here at once, for so long. */
const restMs = 10_000;
/** Frames of this rig with the fleet at once; further ones are scored here. */
const mostAsked = 32;

/**
 * Scores by the fleet's workers, each frame within its deadline, else here. One call gives one score: an answer that
 * comes after the frame was scored here is not looked at.
 */
export class FleetScorer {
  private asked = 0;
  /** Until when, on the monotonic clock, the fleet is left alone. */
  private restUntil = Number.NEGATIVE_INFINITY;
  private wasGood = true;
  /** Frames scored by the fleet and here. */
  readonly counts = { fleet: 0, here: 0 };

  constructor(private readonly options: FleetScorerOptions) {}

  /** @throws InputError for a frame that cannot be scored, ScoreError when nobody can score it, here neither */
  async score(image: Image): Promise<ScoreRecord> {
    checkImage(image);
    const { link, clock, local } = this.options;
    const resting = clock.monotonic() < this.restUntil;
    if (!link.up) this.failed(link.trouble ?? "the NATS server does not answer yet", false);
    else if (!resting && this.asked < mostAsked) {
      this.asked++;
      try {
        const record = await this.ask(image);
        this.answered();
        this.counts.fleet++;
        return record;
      } catch (thrown) {
        const refused = thrown instanceof ScoreError;
        this.failed((thrown as Error).message, !refused);
      } finally {
        this.asked--;
      }
    }
    this.counts.here++;
    return local.score(image);
  }

  /** @throws ScoreError when the fleet says that this frame cannot be scored; anything else when it does not answer */
  private async ask(image: Image): Promise<ScoreRecord> {
    const { link, model, rig, clock, timeoutMs } = this.options;
    const work = workId(model, image);
    const about = { work, model, rig, at: timestamp(clock) };
    const bytes = await encodeWork(about, image, link.largestMessage);
    if (bytes === null) {
      const size = `${image.shape[0]} x ${image.shape[1]}`;
      throw new ScoreError("FRAME_TOO_LARGE", `a frame of ${size} is larger than the server's max_payload`);
    }
    const waiting = new Waiting(link, model, work, clock);
    try {
      return await waiting.until(timeoutMs, async () => {
        const known = await keptResult(link, model, work);
        if (known !== null) return known;
        await link.js.publish(subjects.work(model, rig), bytes, { msgID: work, timeout: timeoutMs });
        return null;
      });
    } finally {
      waiting.close();
    }
  }

  private answered(): void {
    this.restUntil = Number.NEGATIVE_INFINITY;
    if (!this.wasGood) this.options.onNotice("the fleet scores again");
    this.wasGood = true;
  }

  private failed(why: string, rest: boolean): void {
    if (rest) this.restUntil = this.options.clock.monotonic() + restMs;
    if (this.wasGood) this.options.onNotice(`the fleet did not score a frame (${why}); it is scored here`);
    this.wasGood = false;
  }
}

/** One frame's wait: for the server's word that a result is stored, and for what it may have stored unheard. */
class Waiting {
  private settle: (result: WorkResult) => void = () => undefined;
  private fail: (error: Error) => void = () => undefined;
  private readonly heard = new Promise<WorkResult>((resolve, reject) => {
    this.settle = resolve;
    this.fail = reject;
  });
  private readonly leave: (() => void)[] = [];
  private closed = false;

  constructor(
    private readonly link: FleetLink,
    private readonly model: string,
    private readonly work: string,
    private readonly clock: Clock,
  ) {
    this.heard.catch(() => undefined);
    const subscription = link.nats.subscribe(subjects.done(model, work), {
      callback: (error, message) => {
        if (error !== null) return;
        try {
          this.settle(parseMessage(resultSchema, message.data));
        } catch (thrown) {
          this.fail(thrown as Error);
        }
      },
    });
    this.leave.push(() => subscription.unsubscribe());
  }

  /** @param send puts the frame in the queue, or gives the result that is there already */
  async until(ms: number, send: () => Promise<WorkResult | null>): Promise<ScoreRecord> {
    // A server that hangs must not stretch the time: what it may have stored unheard is looked for before the end.
    const look = this.clock.after(0.9 * ms, () => void this.look(), { background: true });
    const end = this.clock.after(ms, () => this.fail(late(ms)), { background: true });
    this.leave.push(
      () => look.cancel(),
      () => end.cancel(),
    );
    send().then(
      (known) => {
        if (known !== null) this.settle(known);
        // A result may have been stored while the connection was away.
        else if (!this.closed) this.leave.push(this.link.onUp(() => void this.look()));
      },
      (error: Error) => this.fail(error),
    );
    const { record, failed } = await this.heard;
    if (record !== null) return record as ScoreRecord;
    throw new ScoreError(failed?.code ?? "ENGINE_FAILED", failed?.message ?? "no worker could score it");
  }

  close(): void {
    this.closed = true;
    for (const leave of this.leave.splice(0)) leave();
  }

  private async look(): Promise<void> {
    const found = await keptResult(this.link, this.model, this.work).catch(() => null);
    if (found !== null) this.settle(found);
  }
}

function late(ms: number): DeadlineError {
  return new DeadlineError("FLEET_LATE", `no result within ${ms / 1000} s`);
}
