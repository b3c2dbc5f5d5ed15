import { type Image, ScoreError } from "../core/index.js";
import type { Bundle } from "./bundle.js";
import type { Scored, Wanted } from "./scored.js";
import { Scorer, type ScorerOptions } from "./scorer.js";

/** Several scorers of one model side by side, for folders full of frames: each frame goes to the least busy one. */
export class ScorerPool {
  private readonly busy: number[];

  private constructor(private readonly scorers: readonly Scorer[]) {
    this.busy = scorers.map(() => 0);
  }

  /** @param size number of threads, each with an engine of its own, at least 1 */
  static async open(bundle: Bundle, size: number, options: ScorerOptions = {}): Promise<ScorerPool> {
    const first = await Scorer.open(bundle, options);
    const scorers = [first];
    // What `auto` chose for the first holds for all; on a graphics card a second queue gains nothing.
    const more = first.info.name === "onnx-cpu" ? size - 1 : 0;
    const rest = await Promise.allSettled(
      Array.from({ length: more }, () => Scorer.open(bundle, { ...options, engine: first.info.name })),
    );
    for (const opened of rest) if (opened.status === "fulfilled") scorers.push(opened.value);
    return new ScorerPool(scorers);
  }

  get size(): number {
    return this.scorers.length;
  }

  async detail(image: Image, wanted: Wanted = {}): Promise<Scored> {
    let at = 0;
    for (let i = 1; i < this.busy.length; i++) {
      if ((this.busy[i] as number) < (this.busy[at] as number)) at = i;
    }
    const scorer = this.scorers[at];
    if (scorer === undefined) throw new ScoreError("SCORER_CLOSED", "the pool is empty");
    this.busy[at] = (this.busy[at] as number) + 1;
    try {
      return await scorer.detail(image, wanted);
    } finally {
      this.busy[at] = (this.busy[at] as number) - 1;
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.scorers.map((scorer) => scorer.close()));
  }
}
