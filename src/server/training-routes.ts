import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { type Clock, StedError, timestamp, UsageError } from "../core/index.js";
import type { SessionView } from "../loop/index.js";
import { type Bundle, listBundles, openBundle } from "../scoring/index.js";
import { deploy, deployments, rollBack } from "./deployment.js";
import { namedFolder } from "./named-folder.js";
import type { PictureWorker } from "./pictures.js";
import { nothing, type Route, route } from "./route.js";
import type { TrainingDesk } from "./training-desk.js";
import type { Workshop } from "./workshop.js";

const modelName = z
  .string()
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]{0,79}$/, "letters, digits, '.', '_' and '-' only");
const folder = z.string().min(1).max(1000);
const done = z.object({ ok: z.literal(true) });

/** Training, evaluation and deployment of networks. */
export function trainingRoutes(
  session: SessionView,
  workshop: Workshop,
  desk: TrainingDesk,
  pictures: PictureWorker,
  clock: Clock,
): readonly Route[] {
  const { data } = workshop;
  /** Made here first, then shipped. @throws UsageError for an unknown one */
  const place = async (name: string): Promise<string> => {
    if (existsSync(join(desk.folder, name, "card.json"))) return join(desk.folder, name);
    if ((await listBundles()).includes(name)) return name;
    throw new UsageError("MODEL_UNKNOWN", `there is no model '${name}'`, { hint: "see /api/v1/training" });
  };
  const modelsHere = async (): Promise<object[]> => {
    const made = await listBundles(desk.folder);
    const shipped = (await listBundles()).filter((name) => !made.includes(name));
    const opened = await Promise.all(
      [...made, ...shipped].map(async (name) => ({
        name,
        bundle: await place(name)
          .then(openBundle)
          .catch(() => null),
      })),
    );
    return opened.map(({ name, bundle }) => ({
      name,
      madeHere: made.includes(name),
      ...(bundle === null ? { damaged: true } : { card: shortCard(bundle) }),
    }));
  };
  return [
    route({
      method: "GET",
      path: "/api/v1/training",
      role: "viewer",
      summary: "The training that runs or ran last, datasets and models to choose from, what is deployed",
      answer: z.unknown(),
      handle: async () => ({
        training: desk.look(),
        datasets: desk.datasets(),
        models: await modelsHere(),
        deployments: deployments(data),
        running: session.state().model.name,
      }),
    }),
    route({
      method: "GET",
      path: "/api/v1/training/progress",
      role: "viewer",
      summary: "The training alone: cheap to ask often",
      answer: z.unknown(),
      handle: () => desk.look(),
    }),
    route({
      method: "POST",
      path: "/api/v1/training",
      role: "operator",
      summary: "Starts a training as a process of its own",
      body: z.strictObject({
        name: modelName,
        dataset: folder,
        arch: z.enum(["cnn", "fcn"]).default("cnn"),
        epochs: z.int().min(1).max(10_000).nullable().default(null),
        seed: z.int().default(1),
        resume: z.boolean().default(false),
      }),
      answer: z.unknown(),
      handle: async ({ body }) => desk.start({ ...body, dataset: await namedFolder(body.dataset, workshop) }),
    }),
    route({
      method: "POST",
      path: "/api/v1/training/cancel",
      role: "operator",
      summary: "Ends the training; the last checkpoint stays",
      body: nothing,
      answer: z.unknown(),
      handle: () => desk.cancel(),
    }),
    route({
      method: "POST",
      path: "/api/v1/training/evaluate",
      role: "operator",
      summary: "How well a model rates a dataset, frame by frame",
      body: z.strictObject({ model: modelName, dataset: folder }),
      answer: z.unknown(),
      handle: async ({ body }) =>
        desk.evaluate(await place(body.model), await namedFolder(body.dataset, workshop)),
    }),
    route({
      method: "GET",
      path: "/api/v1/training/frame",
      role: "operator",
      summary: "A frame of a dataset as PNG",
      query: z.object({ dataset: folder, id: z.string().regex(/^[A-Za-z0-9._-]{1,300}$/) }),
      answer: "image/png",
      handle: async ({ query, reply }) => {
        const file = join(await namedFolder(query.dataset, workshop), "frames", `${query.id}.tif`);
        const bytes = await readFile(file).catch(() => null);
        if (bytes === null) throw new StedError("NO_FRAME", "there is no such frame in the dataset");
        const [image] = (await pictures.decodeFile(bytes, "frame.tif")).images;
        if (image === undefined) throw new StedError("NO_FRAME", "holds no image");
        const png = await pictures.png(image.pixels, image.shape, { low: 0.5, high: 99.8, map: "ember" });
        return reply.type("image/png").send(Buffer.from(png));
      },
    }),
    route({
      method: "POST",
      path: "/api/v1/models/deploy",
      role: "admin",
      summary: "The next start of the daemon without a model of its own in the configuration takes this one",
      body: z.strictObject({ model: modelName }),
      answer: done,
      handle: async ({ body, who }) => {
        const model = await place(body.model);
        // Broken weights are found now, not at the next start.
        await openBundle(model);
        deploy(data, { model, at: timestamp(clock), by: who.name });
        return { ok: true as const };
      },
    }),
    route({
      method: "POST",
      path: "/api/v1/models/rollback",
      role: "admin",
      summary: "Back to what was deployed before",
      body: nothing,
      answer: done,
      handle: () => {
        rollBack(data);
        return { ok: true as const };
      },
    }),
  ];
}

/** The card without the matrices that only scoring needs. */
function shortCard({ card, hash }: Bundle): object {
  const { name, version, notice, architecture, structures, training, metrics, created, licence } = card;
  return { name, version, notice, architecture, structures, training, metrics, created, licence, hash };
}
