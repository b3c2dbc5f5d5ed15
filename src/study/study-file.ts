/** A study on disk: study.json (questions and their answers' key: secret from testers), frames/, invitations.json, votes.jsonl. */
import { createHash, randomBytes } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { z } from "zod";
import { replaceFile, StoreError, toStedError, UsageError } from "../core/index.js";
import type { Assembled } from "./assemble.js";

const itemSchema = z.object({
  id: z.string(),
  dataset: z.string(),
  frame: z.string(),
  system: z.enum(["network", "random"]),
  model: z.string().nullable(),
  target: z.number().min(0).max(1),
  prediction: z.number().min(0).max(1),
});
const studySchema = z.object({
  format: z.literal(1),
  name: z.string(),
  createdAt: z.string(),
  seed: z.number().int(),
  /** Mixed into order, sides and ids, so that nobody who knows seed and set can work them out. */
  secret: z.string().optional(),
  /** `simulated` where simulated testers answered it. */
  testers: z.enum(["people", "simulated"]),
  datasets: z.array(
    z.object({
      name: z.string(),
      structure: z.string(),
      sha256: z.string(),
      frames: z.number(),
      splits: z.record(z.string(), z.number()),
      withoutScore: z.number(),
      trainedOn: z.boolean(),
      truth: z.enum(["trueRating", "mean rating"]),
      baseline: z.string(),
    }),
  ),
  models: z.array(z.object({ name: z.string(), version: z.string(), hash: z.string(), engine: z.string() })),
  items: z.array(itemSchema).min(1),
  /** File of each frame inside the study's folder, by `dataset/frame`. */
  pictures: z.record(z.string(), z.object({ file: z.string(), pixelSizeNm: z.number() })),
});
export type StudyFile = z.infer<typeof studySchema>;

export const frameKey = (item: { readonly dataset: string; readonly frame: string }): string =>
  `${item.dataset}/${item.frame}`;

/**
 * Where a study of this name lies: a path as it is, a bare name in DATA/studies.
 * @param mustExist a bare name that is a folder here is taken too
 */
export function studyFolder(name: string, data: string, mustExist: boolean): string {
  const bare = /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name);
  if (!bare || (mustExist && existsSync(join(name, "study.json")))) return resolve(name);
  return resolve(data, "studies", name);
}

/** Writes a new study with copies of its frames. @throws UsageError where one is already */
export function createStudy(
  folder: string,
  assembled: Assembled,
  given: { readonly seed: number; readonly createdAt: string },
): StudyFile {
  if (existsSync(join(folder, "study.json"))) {
    throw new UsageError("EXISTS", "holds a study already", { where: folder, hint: "give another --out" });
  }
  const pictures: StudyFile["pictures"] = {};
  try {
    mkdirSync(join(folder, "frames"), { recursive: true });
    for (const [i, { dataset, id, path, pixelSizeNm }] of assembled.frames.entries()) {
      const file = `frames/${String(i + 1).padStart(4, "0")}.tif`;
      copyFileSync(path, join(folder, file));
      pictures[frameKey({ dataset, frame: id })] = { file, pixelSizeNm };
    }
  } catch (cause) {
    throw new StoreError("CANNOT_WRITE", `cannot be written: ${toStedError(cause).message}`, {
      where: folder,
      cause,
    });
  }
  const secret = randomBytes(16).toString("hex");
  const study: StudyFile = {
    format: 1,
    name: basename(folder),
    createdAt: given.createdAt,
    seed: given.seed,
    secret,
    testers: "people",
    datasets: assembled.datasets.map((d) => ({ ...d, splits: { ...d.splits } })),
    models: assembled.models.map((m) => ({ ...m })),
    items: assembled.items.map((i) => ({ ...i, id: hiddenId(secret, i.id) })),
    pictures,
  };
  replaceFile(join(folder, "study.json"), `${JSON.stringify(study)}\n`);
  return study;
}

/** What a tester gets to see of a question's id. */
function hiddenId(secret: string, id: string): string {
  return createHash("sha256").update(`${secret}/${id}`).digest("hex").slice(0, 16);
}

/** @throws UsageError where there is no study, StoreError where its file is damaged */
export function readStudy(folder: string): StudyFile {
  const where = join(folder, "study.json");
  let data: unknown;
  try {
    data = JSON.parse(readFileSync(where, "utf8"));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") {
      throw new UsageError("STUDY_UNKNOWN", "there is no study here", {
        where: folder,
        hint: "make one with `stedloop study new`",
      });
    }
    throw new StoreError("STUDY_DAMAGED", "cannot be read", { where, cause });
  }
  const parsed = studySchema.safeParse(data);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new StoreError("STUDY_DAMAGED", `${issue?.path.join(".")}: ${issue?.message}`, { where });
}
