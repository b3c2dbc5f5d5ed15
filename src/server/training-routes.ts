import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { type Clock, timestamp, UsageError } from "../core/index.js";
import type { SessionView } from "../loop/index.js";
import { type Bundle, listBundles, openBundle } from "../scoring/index.js";
import { deploy, deployments, rollBack } from "./deployment.js";
import { nothing, type Route, route } from "./route.js";
import type { TrainingDesk } from "./training-desk.js";

const modelName = z
  .string()
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]{0,79}$/, "letters, digits, '.', '_' and '-' only");
const folder = z.string().min(1).max(1000);
const done = z.object({ ok: z.literal(true) });

/** Training, evaluation and deployment of networks. */
export function trainingRoutes(
  session: SessionView,
  data: string,
  desk: TrainingDesk,
  clock: Clock,
): readonly Route[] {
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
      handle: ({ body }) => desk.start(body),
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
      handle: async ({ body }) => desk.evaluate(await place(body.model), body.dataset),
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
