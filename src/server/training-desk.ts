import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, InputError, StedError, timestamp } from "../core/index.js";
import { type EvaluatedFrame, trainingHistory } from "../training/index.js";
import { Child } from "./child.js";
import type { Workshop } from "./workshop.js";

export interface TrainWish {
  readonly name: string;
  /** Folder in the Dataset format. */
  readonly dataset: string;
  readonly arch: "cnn" | "fcn";
  readonly epochs: number | null;
  readonly seed: number;
  readonly resume: boolean;
}
export interface TrainingState {
  readonly wish: TrainWish | null;
  readonly state: "idle" | "training" | "done" | "cancelled" | "failed";
  readonly startedAt: string | null;
  readonly epochs: readonly {
    readonly epoch: number;
    readonly loss: number;
    readonly validationRmse: number;
  }[];
  readonly lines: readonly string[];
}
export interface EvaluationRecord {
  readonly model: string;
  readonly dataset: string;
  readonly at: string;
  readonly figures: unknown;
  readonly points: readonly EvaluatedFrame[];
}

/** One training at a time, as `stedloop train` in a process of its own; its evaluation; what was made. */
export class TrainingDesk {
  private wish: TrainWish | null = null;
  private state: TrainingState["state"] = "idle";
  private startedAt: string | null = null;
  private child: Child | null = null;
  private lastLines: readonly string[] = [];

  constructor(
    private readonly workshop: Workshop,
    private readonly clock: Clock,
  ) {}

  get folder(): string {
    return join(this.workshop.data, "models");
  }

  look(): TrainingState {
    const { wish, state, startedAt } = this;
    return {
      wish,
      state,
      startedAt,
      epochs: wish === null ? [] : [...trainingHistory(join(this.folder, wish.name))],
      lines: (this.child?.lines ?? this.lastLines).slice(-30),
    };
  }

  /** @throws StedError TRAINING_BUSY while one runs, InputError for a set that is not there or a name that is taken */
  start(wish: TrainWish): TrainingState {
    if (this.child !== null) {
      throw new StedError("TRAINING_BUSY", `'${this.wish?.name}' is being trained`, {
        hint: "wait for its end, or cancel it",
      });
    }
    if (!existsSync(join(wish.dataset, "dataset.json"))) {
      throw new InputError("NO_DATASET", "there is no dataset in this folder", {
        hint: "rate some frames first, or give a folder with dataset.json and labels.csv",
      });
    }
    const out = join(this.folder, wish.name);
    if (existsSync(join(out, "card.json"))) {
      throw new InputError("MODEL_EXISTS", `there is a model '${wish.name}' already`, {
        hint: "choose another name",
      });
    }
    mkdirSync(this.folder, { recursive: true });
    const args = [
      ...["train", wish.dataset, "--out", out, "--arch", wish.arch, "--seed", String(wish.seed), "--json"],
      ...(wish.epochs === null ? [] : ["--epochs", String(wish.epochs)]),
      ...(wish.resume ? ["--resume"] : []),
    ];
    this.wish = wish;
    this.state = "training";
    this.startedAt = timestamp(this.clock);
    void this.work(out, args);
    return this.look();
  }

  /** Resolves when a training that was cancelled is really gone: the next one need not be asked for twice. */
  async settled(): Promise<void> {
    if (this.state === "cancelled") await this.child?.ended;
  }

  /** Ends the training; its last checkpoint stays, so that it can be resumed. */
  cancel(): TrainingState {
    if (this.child === null) throw new StedError("NOT_TRAINING", "nothing is being trained");
    this.state = "cancelled";
    this.child.interrupt();
    return this.look();
  }

  /** Evaluates a model on a dataset in a process of its own. @throws StedError EVALUATION_FAILED in its words */
  async evaluate(model: string, dataset: string): Promise<EvaluationRecord> {
    const folder = mkdtempSync(join(tmpdir(), "stedloop-evaluate-"));
    try {
      return await this.evaluateIn(join(folder, "points.jsonl"), model, dataset);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  private async evaluateIn(points: string, model: string, dataset: string): Promise<EvaluationRecord> {
    const child = new Child(this.workshop.command, [
      "evaluate",
      dataset,
      "--model",
      model,
      "--points",
      points,
      "--json",
    ]);
    const { code, out, lines } = await child.ended;
    if (code !== 0)
      throw new StedError("EVALUATION_FAILED", lastWord(lines), { hint: "see the training page" });
    return {
      model,
      dataset,
      at: timestamp(this.clock),
      figures: JSON.parse(out) as unknown,
      points: readFileSync(points, "utf8")
        .split("\n")
        .filter((l) => l !== "")
        .map((l) => JSON.parse(l) as EvaluatedFrame),
    };
  }

  /** Ends a training that still runs; for the daemon's own end. */
  async close(): Promise<void> {
    const { child } = this;
    if (child === null) return;
    child.interrupt();
    await child.ended;
  }

  /** Folders that hold a dataset and lie where this program puts them. */
  datasets(): readonly { readonly name: string; readonly folder: string; readonly changedAt: string }[] {
    return ["ratings", "datasets"].flatMap((kind) => {
      const folder = join(this.workshop.data, kind);
      if (!existsSync(folder)) return [];
      return readdirSync(folder).flatMap((name) => {
        const at = statSync(join(folder, name, "labels.csv"), { throwIfNoEntry: false })?.mtime;
        if (at === undefined) return [];
        return [{ name, folder: join(folder, name), changedAt: at.toISOString() }];
      });
    });
  }

  private async work(out: string, args: readonly string[]): Promise<void> {
    this.child = new Child(this.workshop.command, args);
    const { code, lines } = await this.child.ended;
    this.lastLines = lines;
    this.child = null;
    if (this.state === "cancelled") return;
    if (code !== 0 || !existsSync(join(out, "card.json"))) {
      this.state = "failed";
      return;
    }
    this.state = "done";
  }
}

function lastWord(lines: readonly string[]): string {
  return (lines.at(-1) ?? "it ended without a word").replace(/^stedloop: /, "").slice(0, 300);
}
