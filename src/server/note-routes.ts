import { z } from "zod";
import { type Clock, StedError, timestamp } from "../core/index.js";
import { Child } from "./child.js";
import type { ServerOptions } from "./options.js";
import { nothing, type Route, route } from "./route.js";
import type { Workshop } from "./workshop.js";

const annotation = z.object({
  note: z.string().max(4000),
  tags: z.array(z.string().trim().min(1).max(40)).max(20),
});
const kind = "annotation";

/** Notes and tags of runs, kept in the journal: the newest holds, older ones stay as history. */
export function noteRoutes(runs: ServerOptions["runs"], workshop: Workshop, clock: Clock): readonly Route[] {
  const read = async (run: string): Promise<z.infer<typeof annotation>> => {
    const last = (await workshop.events(run)).filter((e) => e.kind === kind).at(-1);
    return annotation.catch({ note: "", tags: [] }).parse(last?.data ?? { note: "", tags: [] });
  };
  return [
    route({
      method: "GET",
      path: "/api/v1/notes",
      role: "viewer",
      summary: "Notes and tags of every run that has any",
      answer: z.object({ notes: z.record(z.string(), annotation) }),
      handle: async () => {
        const all = await runs.runs();
        const entries = await Promise.all(all.map(async ({ run }) => [run, await read(run)] as const));
        const some = entries.filter(([, { note, tags }]) => note !== "" || tags.length > 0);
        return { notes: Object.fromEntries(some) };
      },
    }),
    route({
      method: "POST",
      path: "/api/v1/runs/{id}/note",
      role: "operator",
      summary: "Sets a run's note and tags",
      params: z.object({ id: z.string().min(1).max(200) }),
      body: annotation.strict(),
      answer: annotation,
      handle: async ({ params, body, who }) => {
        const { run } = await runs.run(params.id);
        await workshop.annotate(run, {
          at: timestamp(clock),
          step: null,
          kind,
          data: { ...body, by: who.name },
        });
        return body;
      },
    }),
    route({
      method: "POST",
      path: "/api/v1/runs/{id}/replay",
      role: "operator",
      summary: "Replays a run in a process of its own: scores and proposals against the journal",
      params: z.object({ id: z.string().min(1).max(200) }),
      body: nothing,
      answer: z.unknown(),
      handle: async ({ params }) => {
        const { run } = await runs.run(params.id);
        const child = new Child(workshop.command, ["replay", run, "--data", workshop.data, "--json"]);
        const { out, lines } = await child.ended;
        const last = out.trim().split("\n").at(-1) ?? "";
        // A replay that finds a difference ends with 1 and still says where.
        if (last.startsWith("{")) return JSON.parse(last) as unknown;
        throw new StedError("REPLAY_FAILED", (lines.at(-1) ?? "it ended without a word").slice(0, 300));
      },
    }),
  ];
}
