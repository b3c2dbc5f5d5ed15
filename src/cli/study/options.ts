import { systemClock } from "../../core/index.js";
import { type Assembled, assemble, openNetworks } from "../../study/index.js";
import { Progress, say } from "../output.js";

/** What `study new` and `study simulate` share. */
export interface AssembleArgs {
  readonly dataset: readonly string[];
  readonly model: readonly string[];
  readonly frames: number;
  readonly seed: number;
  readonly split: "test" | "all";
  readonly rater?: string;
  readonly baseline?: string;
  readonly engine: string;
}

/** Scores the frames with progress on stderr; a dataset with fewer frames than asked for is said. */
export async function assembleFrom(args: AssembleArgs): Promise<Assembled> {
  const progress = new Progress("score", () => systemClock.monotonic());
  const { networks, close } = await openNetworks(args.model, { engine: args.engine, onNotice: say });
  try {
    const assembled = await assemble({
      datasets: args.dataset,
      networks,
      frames: args.frames,
      seed: args.seed,
      split: args.split,
      ...(args.rater === undefined ? {} : { rater: args.rater }),
      ...(args.baseline === undefined ? {} : { baseline: args.baseline }),
      onProgress: (done, total) => progress.update(done, total),
    });
    for (const { name, frames, withoutScore, trainedOn } of assembled.datasets) {
      const hint = args.split === "test" && !trainedOn ? "; --split all takes more than its test split" : "";
      if (frames < args.frames) say(`${name}: ${frames} frames, ${args.frames} were asked for${hint}`);
      if (withoutScore > 0) say(`${name}: ${withoutScore} frames got no score and are left out`);
    }
    return assembled;
  } finally {
    await close();
  }
}
