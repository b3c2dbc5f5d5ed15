import { join } from "node:path";
import {
  type Clock,
  type DatasetInfo,
  InputError,
  type Label,
  StedError,
  timestamp,
  writeDataset,
} from "../core/index.js";
import { type AgreementReport, agreementOf } from "./agreement.js";
import { appendLine, mendEnd, readLines } from "./journal-lines.js";
import { type RatingFile, type RatingLine, ratingLineSchema, readRatingFile } from "./rating-file.js";
import { type Next, nextFrame, repeatsOf } from "./rating-order.js";

export interface RatingTask {
  readonly rater: string;
  /** Frames judged, repeats included; of how many. */
  readonly done: number;
  readonly total: number;
  /** Id of the frame to judge; null at the end. Nothing tells a repeat from a new frame. */
  readonly frame: string | null;
  readonly canUndo: boolean;
}

/** A set with its raters' judgements. Every act is on disk, in the Dataset format too, before the next frame is shown. */
export class RatingSet {
  private readonly acts = new Map<string, RatingLine[]>();
  private readonly linesFile: string;

  private constructor(
    readonly folder: string,
    readonly file: RatingFile,
    private readonly clock: Clock,
  ) {
    this.linesFile = join(folder, "ratings.jsonl");
    for (const line of readLines(this.linesFile)) this.take(ratingLineSchema.parse(line));
  }

  static open(folder: string, clock: Clock): RatingSet {
    return new RatingSet(folder, readRatingFile(folder), clock);
  }

  /** @throws InputError NO_RATER for a name that is empty or too long */
  task(rater: string): RatingTask {
    const name = raterName(rater);
    const { file } = this;
    const acts = this.of(name);
    const judged = acts.filter((a) => a.act !== "skip").length;
    return {
      rater: name,
      done: judged,
      total: file.frames.length + repeatsOf(file.frames, this.options(name)).size,
      frame: this.next(name)?.id ?? null,
      canUndo: acts.length > 0,
    };
  }

  /**
   * Takes a judgement of the frame that stands before the rater.
   * @param rating 0..1; null = cannot be judged @throws StedError ALREADY_RATED where another window was faster
   */
  judge(rater: string, frame: string, act: "rate" | "cannot" | "skip", rating: number | null): RatingTask {
    const name = raterName(rater);
    if ((act === "rate") !== (rating !== null)) {
      throw new InputError("BAD_RATING", "a rating is a number from 0 to 1");
    }
    const next = this.next(name);
    if (next === null || next.id !== frame) {
      throw new StedError("ALREADY_RATED", "this frame was judged in another window", {
        hint: "the first judgement stands; going on with the next frame",
      });
    }
    this.write({ at: timestamp(this.clock), rater: name, id: frame, act, rating, repeat: next.repeat });
    return this.task(name);
  }

  /** Takes the last act back; its frame is shown again. */
  undo(rater: string): RatingTask {
    const name = raterName(rater);
    const last = this.of(name).at(-1);
    if (last === undefined) throw new StedError("NOTHING_TO_UNDO", "there is nothing to take back");
    this.write({ ...last, at: timestamp(this.clock), act: "undo", rating: null });
    return { ...this.task(name), frame: last.id };
  }

  framePath(id: string): string {
    if (!this.file.frames.some((f) => f.id === id)) throw new StedError("NO_FRAME", "there is no such frame");
    return join(this.folder, "frames", `${id}.tif`);
  }

  raters(): readonly { readonly rater: string; readonly done: number }[] {
    return [...this.acts.entries()].map(([rater, acts]) => ({
      rater,
      done: acts.filter((a) => a.act !== "skip").length,
    }));
  }

  agreement(): AgreementReport {
    const lines = [...this.acts.values()].flat();
    return agreementOf(
      lines.flatMap(({ rater, id, rating, repeat }) =>
        rating === null ? [] : [{ rater, id, rating, repeat }],
      ),
    );
  }

  private options(rater: string): {
    order: "random" | "active";
    seed: number;
    rater: string;
    repeatShare: number;
  } {
    const { order, seed, repeatShare } = this.file;
    return { order, seed, repeatShare, rater };
  }

  private next(rater: string): Next | null {
    const acts = this.of(rater);
    const done = acts.filter((a) => a.act !== "skip");
    const skipped = acts.filter((a) => a.act === "skip").map((a) => a.id);
    return nextFrame(this.file.frames, done, skipped, this.options(rater));
  }

  private of(rater: string): readonly RatingLine[] {
    return this.acts.get(rater) ?? [];
  }

  private write(line: RatingLine): void {
    mendEnd(this.linesFile);
    appendLine(this.linesFile, line);
    this.take(line);
    this.writeLabels();
  }

  private take(line: RatingLine): void {
    const acts = this.acts.get(line.rater) ?? [];
    if (line.act === "undo") acts.pop();
    else acts.push(line);
    this.acts.set(line.rater, acts);
  }

  /** dataset.json and labels.csv: a row for each rater's first rating of each frame. */
  private writeLabels(): void {
    const { frames, name, pixelSizeNm, licence } = this.file;
    const known = new Map(frames.map((f) => [f.id, f]));
    const labels = [...this.acts.values()].flat().flatMap((line): Label[] => {
      const frame = known.get(line.id);
      if (line.rating === null || line.repeat || frame === undefined) return [];
      const { structure, split, origin } = frame;
      const { id, rating, rater, at } = line;
      return [
        { id, rating, rater, structure, split, trueRating: null, values: {}, notes: { ratedAt: at, origin } },
      ];
    });
    const rated = new Set(labels.map((l) => l.id));
    const of = (split: string): string[] =>
      frames.filter((f) => f.split === split && rated.has(f.id)).map((f) => f.id);
    const info: DatasetInfo = {
      name,
      version: "1",
      pixelSizeNm,
      structures: [...new Set(frames.map((f) => f.structure))].filter((s) => s !== ""),
      licence,
      simulated: false,
      labelSource: "human",
      split: { train: of("train"), validation: of("validation"), test: of("test") },
    };
    writeDataset(this.folder, info, labels, ["ratedAt", "origin"]);
  }
}

function raterName(given: string): string {
  const name = given.trim();
  if (name !== "" && name.length <= 80) return name;
  throw new InputError("NO_RATER", "a rating needs the rater's name", { hint: "enter your name first" });
}
