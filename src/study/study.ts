import { join } from "node:path";
import { z } from "zod";
import { type Clock, RandomStream, StedError, timestamp } from "../core/index.js";
import { Invitations } from "./invitations.js";
import type { StudyItem, Vote } from "./items.js";
import { appendLine, mendEnd, readLines } from "./journal-lines.js";
import type { Choice } from "./measures.js";
import { orderFor, shownStep } from "./question-order.js";
import { resultOf, type StudyResult } from "./result.js";
import { frameKey, readStudy, type StudyFile } from "./study-file.js";

/** What a tester may say: of the left and the right score, not of target and prediction. */
export type Answer = "left" | "right" | "equivalent" | "discard";
export type Side = "target" | "prediction";

const lineSchema = z.object({
  at: z.string(),
  tester: z.string(),
  item: z.string(),
  /** Place in this tester's order, from 1. */
  place: z.number().int(),
  /** Which score stood at the left. */
  left: z.enum(["target", "prediction"]),
  /** null takes the answer back. */
  choice: z.enum(["target", "prediction", "equivalent", "discard"]).nullable(),
});
export type VoteLine = z.infer<typeof lineSchema>;

/** A question as a tester sees it: nothing tells which score is whose. */
export interface Question {
  readonly item: string;
  /** Per cent, 0..100, in the steps of the dataset's labels. */
  readonly left: number;
  readonly right: number;
}
export interface Task {
  readonly tester: string;
  readonly study: string;
  readonly done: number;
  readonly total: number;
  readonly question: Question | null;
}

/** One study with its testers' answers. Every answer is on disk before the next question is asked. */
export class Study {
  readonly invitations: Invitations;
  private readonly votesFile: string;
  private readonly byTester = new Map<string, Map<string, Choice>>();
  private readonly orders = new Map<string, readonly StudyItem[]>();
  private readonly steps: ReadonlyMap<string, number>;

  private constructor(
    readonly folder: string,
    readonly file: StudyFile,
    private readonly clock: Clock,
  ) {
    this.invitations = new Invitations(join(folder, "invitations.json"), clock);
    this.votesFile = join(folder, "votes.jsonl");
    this.steps = new Map(
      file.datasets.map(({ name }) => [name, shownStep(file.items.filter((i) => i.dataset === name))]),
    );
    for (const line of readLines(this.votesFile)) this.take(lineSchema.parse(line));
  }

  /** @throws UsageError where there is no study */
  static open(folder: string, clock: Clock): Study {
    return new Study(folder, readStudy(folder), clock);
  }

  /** What stands before a tester now: the first question without an answer in this tester's own order. */
  task(tester: string): Task {
    const order = this.orderOf(tester);
    const given = this.byTester.get(tester);
    const next = order.find((item) => given?.has(item.id) !== true);
    return {
      tester,
      study: this.file.name,
      done: given?.size ?? 0,
      total: order.length,
      question: next === undefined ? null : this.ask(tester, next),
    };
  }

  /** @throws StedError ITEM_UNKNOWN; ALREADY_ANSWERED where another tab was faster (the first answer stands) */
  answer(tester: string, itemId: string, answer: Answer): Task {
    const item = this.itemOf(itemId);
    if (this.byTester.get(tester)?.has(itemId) === true) {
      throw new StedError("ALREADY_ANSWERED", "this frame was answered in another window", {
        hint: "the first answer stands; going on with the next frame",
      });
    }
    const left = this.leftOf(tester, item);
    const right: Side = left === "target" ? "prediction" : "target";
    this.write(tester, item, left, answer === "left" ? left : answer === "right" ? right : answer);
    return this.task(tester);
  }

  /** Takes the last answer back, so that its frame is asked again. */
  undo(tester: string): Task {
    const last = [...(this.byTester.get(tester)?.keys() ?? [])].at(-1);
    if (last === undefined) throw new StedError("NOTHING_TO_UNDO", "there is no answer to take back");
    const item = this.itemOf(last);
    this.write(tester, item, this.leftOf(tester, item), null);
    return { ...this.task(tester), question: this.ask(tester, item) };
  }

  /** Path and pixel size of a question's frame. */
  picture(itemId: string): { readonly path: string; readonly pixelSizeNm: number } {
    const { file, pixelSizeNm } = this.file.pictures[frameKey(this.itemOf(itemId))] ?? {};
    if (file === undefined || pixelSizeNm === undefined)
      throw new StedError("NO_FRAME", "its frame is missing");
    return { path: join(this.folder, file), pixelSizeNm };
  }

  votes(): readonly Vote[] {
    const items = new Map(this.file.items.map((item) => [item.id, item]));
    return [...this.byTester.entries()].flatMap(([tester, given]) =>
      [...given.entries()].flatMap(([id, choice]) => {
        const item = items.get(id);
        return item === undefined ? [] : [{ tester, item, choice }];
      }),
    );
  }

  /** Answers of each tester so far, invited ones without any included. */
  progress(): readonly { readonly tester: string; readonly done: number; readonly total: number }[] {
    const names = new Set([...this.invitations.list().map((i) => i.tester), ...this.byTester.keys()]);
    const total = this.file.items.length;
    return [...names].map((tester) => ({ tester, done: this.byTester.get(tester)?.size ?? 0, total }));
  }

  result(): StudyResult {
    const { datasets, models, seed, testers } = this.file;
    const result = resultOf({ votes: this.votes(), datasets, models, seed, testers });
    const coarse = [...this.steps.entries()].filter(([, step]) => step > 1);
    const notes = coarse.map(
      ([name, step]) => `${name}: scores were shown in steps of ${step}, as it was rated.`,
    );
    return { ...result, notes: [...result.notes, ...notes] };
  }

  private orderOf(tester: string): readonly StudyItem[] {
    const known = this.orders.get(tester);
    if (known !== undefined) return known;
    const order = orderFor(this.file.items, this.random("order", tester));
    this.orders.set(tester, order);
    return order;
  }

  private random(...names: readonly string[]): RandomStream {
    const { seed, secret } = this.file;
    return RandomStream.of(seed, ...(secret === undefined ? [] : [secret]), ...names);
  }

  private leftOf(tester: string, item: StudyItem): Side {
    return this.random("side", tester, item.id).uniform() < 0.5 ? "target" : "prediction";
  }

  private ask(tester: string, item: StudyItem): Question {
    const left = this.leftOf(tester, item);
    const step = this.steps.get(item.dataset) ?? 1;
    const shown = (side: Side): number => Math.round((item[side] * 100) / step) * step;
    return {
      item: item.id,
      left: shown(left),
      right: shown(left === "target" ? "prediction" : "target"),
    };
  }

  private itemOf(id: string): StudyItem {
    const item = this.file.items.find((i) => i.id === id);
    if (item === undefined) throw new StedError("ITEM_UNKNOWN", "there is no such frame in this study");
    return item;
  }

  private write(tester: string, item: StudyItem, left: Side, choice: Choice | null): void {
    const place = this.orderOf(tester).indexOf(item) + 1;
    const line: VoteLine = { at: timestamp(this.clock), tester, item: item.id, place, left, choice };
    mendEnd(this.votesFile);
    appendLine(this.votesFile, line);
    this.take(line);
  }

  private take({ tester, item, choice }: VoteLine): void {
    const given = this.byTester.get(tester) ?? new Map<string, Choice>();
    if (choice === null) given.delete(item);
    else given.set(item, choice);
    this.byTester.set(tester, given);
  }
}
