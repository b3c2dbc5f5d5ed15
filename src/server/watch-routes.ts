import { z } from "zod";
import { InputError, StedError, UsageError } from "../core/index.js";
import { balance, colourMap, colourMapNames } from "./colour-map.js";
import type { ControlLock } from "./control-lock.js";
import type { EventStream } from "./event-stream.js";
import { frameRoutes } from "./frame-routes.js";
import type { ServerOptions } from "./options.js";
import type { PictureWorker } from "./pictures.js";
import { type Route, route } from "./route.js";
import { runDetail, runSummary } from "./runs.js";
import { runDetailSchema, runSchema, stateSchema, stepSchema } from "./schemas.js";

/** Everything that only looks. @param server id of this start of the daemon */
export function watchRoutes(
  options: ServerOptions,
  stream: EventStream,
  pictures: PictureWorker,
  server: string,
  lock: ControlLock,
): readonly Route[] {
  const { session, runs } = options;
  return [
    route({
      method: "GET",
      path: "/api/v1/state",
      role: "viewer",
      summary: "What is going on now",
      answer: stateSchema.extend({ server: z.string().describe("changes with every start of the daemon") }),
      handle: () => ({ ...session.state(), holder: lock.holder() ?? session.state().holder, server }),
    }),
    route({
      method: "GET",
      path: "/api/v1/events",
      role: "viewer",
      summary:
        "Server-sent events: `state` (whole) on connect, then `delta`s numbered by id; Last-Event-ID resumes without loss",
      query: z.object({
        lastEventId: z.string().optional().describe("for clients that cannot set the header Last-Event-ID"),
        server: z
          .string()
          .optional()
          .describe("the start that the number belongs to; another gets the whole state"),
      }),
      answer: "text/event-stream",
      handle: ({ request, reply, query }) => {
        const given = request.headers["last-event-id"] ?? query.lastEventId;
        const last = given === undefined || given === "" ? null : Number(given);
        if (last !== null && !(Number.isInteger(last) && last >= 0)) {
          throw new InputError("BAD_REQUEST", "Last-Event-ID must be a whole number", {
            hint: "leave it out",
          });
        }
        const stranger = query.server !== undefined && query.server !== server;
        const headers = Object.fromEntries(
          Object.entries(reply.getHeaders()).map(([name, value]) => [name, String(value)]),
        );
        stream.makeRoom();
        reply.hijack();
        stream.add(reply.raw, headers, stranger ? null : last);
      },
    }),
    route({
      method: "GET",
      path: "/api/v1/steps",
      role: "viewer",
      summary: "The completed steps of the current run, oldest first",
      query: z.object({ from: z.coerce.number().int().min(0).optional().describe("leave out earlier ones") }),
      answer: z.object({ run: z.string().nullable(), steps: z.array(stepSchema) }),
      handle: ({ query }) => ({
        run: session.state().run,
        steps: session.steps().filter((step) => step.step >= (query.from ?? 0)),
      }),
    }),
    route({
      method: "GET",
      path: "/api/v1/runs",
      role: "viewer",
      summary: "All runs in this data folder, oldest first",
      answer: z.object({ runs: z.array(runSchema) }),
      handle: async () => ({ runs: (await runs.runs()).map(runSummary) }),
    }),
    route({
      method: "GET",
      path: "/api/v1/runs/{id}",
      role: "viewer",
      summary: "One run with its steps; `latest` is the newest",
      params: z.object({ id: z.string().min(1).max(200) }),
      answer: runDetailSchema,
      handle: async ({ params }) => {
        const run = await runs.run(params.id).catch((thrown: unknown) => {
          if (!(thrown instanceof UsageError)) throw thrown;
          throw new StedError("RUN_UNKNOWN", `there is no run '${params.id}'`, { hint: "see /api/v1/runs" });
        });
        return runDetail(
          run,
          await runs.steps(run.run, { optimiserStates: false }),
          await runs.extras(run.run),
        );
      },
    }),
    route({
      method: "GET",
      path: "/api/v1/colour-maps",
      role: null,
      summary:
        "The colour maps that pictures use (`balance`: around zero): 256 sRGB colours each, as hexadecimal digits",
      answer: z.record(z.string(), z.string().length(1536)),
      handle: () => maps,
    }),
    ...frameRoutes(options, pictures),
  ];
}

const maps: Readonly<Record<string, string>> = Object.fromEntries(
  ([...colourMapNames, balance] as const).map(
    (name) => [name, Buffer.from(colourMap(name)).toString("hex")] as const,
  ),
);
