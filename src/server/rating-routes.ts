import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { z } from "zod";
import { InputError, StedError } from "../core/index.js";
import { createRatingSet, listRatingSets, RatingSet, ratingsFolder } from "../study/index.js";
import { namedFolder } from "./named-folder.js";
import type { ServerOptions } from "./options.js";
import type { PictureWorker } from "./pictures.js";
import { type Route, route } from "./route.js";
import type { Workshop } from "./workshop.js";

const nameOf = z.object({ set: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/) });
const rater = z.string().max(200).describe("whose ratings these are");
const task = z.object({
  rater: z.string(),
  done: z.int(),
  total: z.int(),
  frame: z.string().nullable(),
  canUndo: z.boolean(),
});

/** The rating page: sets, one frame after another, and how far the raters agree. */
export function ratingRoutes(
  options: ServerOptions,
  workshop: Workshop,
  pictures: PictureWorker,
): readonly Route[] {
  const { data } = workshop;
  /** Sets that are being made, by name. */
  const making = new Map<string, { readonly done: number; readonly total: number }>();
  // One object a set, so that two windows of one rater see the same state.
  const open = new Map<string, RatingSet>();
  const find = (set: string): RatingSet => {
    const known = open.get(set) ?? RatingSet.open(ratingsFolder(data, set), options.clock);
    open.set(set, known);
    return known;
  };
  return [
    route({
      method: "GET",
      path: "/api/v1/ratings",
      role: "viewer",
      summary: "Sets of frames that people rate",
      answer: z.object({ sets: z.array(z.unknown()) }),
      handle: () => ({
        sets: listRatingSets(data).map((set) => {
          const { file, folder } = find(set);
          return {
            name: set,
            folder,
            frames: file.frames.length,
            order: file.order,
            source: file.source,
            raters: find(set).raters(),
          };
        }),
      }),
    }),
    route({
      method: "POST",
      path: "/api/v1/ratings",
      role: "operator",
      summary: "A new set from a folder of images, a dataset or a run's STED frames",
      body: z.strictObject({
        name: z.string().min(1, "the set needs a name"),
        source: z.union([
          z.strictObject({ folder: z.string().min(1).max(1000) }),
          z.strictObject({ run: z.string().min(1).max(200) }),
        ]),
        order: z.enum(["random", "active"]).default("random"),
        structure: z.string().max(80).default(""),
      }),
      answer: z.object({ name: z.string(), frames: z.int(), leftOut: z.array(z.string()) }),
      handle: async ({ body }) => {
        const { name, source } = body;
        const real =
          "folder" in source ? { folder: await namedFolder(source.folder, workshop) } : { run: source.run };
        if (making.has(name)) {
          throw new StedError("SET_BUSY", `the set '${name}' is being made`, { hint: "wait for its end" });
        }
        making.set(name, { done: 0, total: 0 });
        const made = await createRatingSet(
          { ...body, source: real },
          {
            data,
            onFrame: (done, total) => making.set(name, { done, total }),
            clock: options.clock,
            runs: options.runs,
            score: options.score,
            decode: async (path) => {
              const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
                throw new InputError("NO_FILE", `cannot be read: ${cause.code ?? cause.message}`, { cause });
              });
              const { images } = await pictures.decodeFile(bytes, basename(path));
              return images;
            },
          },
        ).finally(() => making.delete(name));
        return { name, frames: made.frames, leftOut: [...made.leftOut] };
      },
    }),
    route({
      method: "GET",
      path: "/api/v1/ratings/making",
      role: "operator",
      summary: "Sets that are being made, with how many of their frames are there",
      answer: z.object({
        making: z.array(z.object({ name: z.string(), done: z.int(), total: z.int() })),
      }),
      handle: () => ({ making: [...making].map(([name, at]) => ({ name, ...at })) }),
    }),
    route({
      method: "GET",
      path: "/api/v1/ratings/{set}/task",
      role: "operator",
      summary: "The frame that stands before a rater",
      params: nameOf,
      query: z.object({ rater }),
      answer: task,
      handle: ({ params, query }) => find(params.set).task(query.rater),
    }),
    route({
      method: "POST",
      path: "/api/v1/ratings/{set}/judge",
      role: "operator",
      summary: "Rates the frame, skips it, or says that it cannot be judged; on disk before the answer",
      params: nameOf,
      body: z.strictObject({
        rater,
        frame: z.string().min(1).max(300),
        act: z.enum(["rate", "cannot", "skip"]),
        rating: z.number().min(0).max(1).nullable().default(null),
      }),
      answer: task,
      handle: ({ params, body }) => find(params.set).judge(body.rater, body.frame, body.act, body.rating),
    }),
    route({
      method: "POST",
      path: "/api/v1/ratings/{set}/undo",
      role: "operator",
      summary: "Takes a rater's last act back",
      params: nameOf,
      body: z.strictObject({ rater }),
      answer: task,
      handle: ({ params, body }) => find(params.set).undo(body.rater),
    }),
    route({
      method: "GET",
      path: "/api/v1/ratings/{set}/agreement",
      role: "viewer",
      summary: "ICC(2,1), Bland–Altman limits, and each rater's own consistency",
      params: nameOf,
      answer: z.unknown(),
      handle: ({ params }) => find(params.set).agreement(),
    }),
    route({
      method: "GET",
      path: "/api/v1/ratings/{set}/frames/{frame}",
      role: "operator",
      summary: "A frame of a set as PNG",
      params: nameOf.extend({ frame: z.string().min(1).max(300) }),
      answer: "image/png",
      handle: async ({ params, reply }) => {
        const set = find(params.set);
        const image = (await pictures.decodeFile(await readFile(set.framePath(params.frame)), "frame"))
          .images[0];
        if (image === undefined) throw new StedError("NO_FRAME", "its frame is missing");
        const png = await pictures.png(image.pixels, image.shape, { low: 0.5, high: 99.8, map: "ember" });
        reply.header("x-frame-shape", image.shape.join(","));
        reply.header("x-frame-pixel-size-nm", String(set.file.pixelSizeNm));
        return reply.type("image/png").send(Buffer.from(png));
      },
    }),
  ];
}
