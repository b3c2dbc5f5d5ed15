import { z } from "zod";
import type { Clock } from "../core/index.js";
import type { SessionView } from "../loop/index.js";
import { auditSchema, readAudit } from "./audit.js";
import { type Finding, findingSchema } from "./findings.js";
import { PowerHistory } from "./power-history.js";
import { type Route, route } from "./route.js";
import type { Workshop } from "./workshop.js";

const mostLines = 500;

/** What the rig page shows beside the state: limits, power so far, the log of events, who did what, the doctor. */
export function rigRoutes(
  session: SessionView,
  workshop: Workshop,
  clock: Clock,
): { readonly routes: readonly Route[]; readonly close: () => void } {
  const history = new PowerHistory(session, clock);
  const routes = [
    route({
      method: "GET",
      path: "/api/v1/rig",
      role: "viewer",
      summary: "Limits in force and the power of each light source over the last hour",
      answer: z.object({
        limits: z.record(z.string(), z.unknown()),
        history: z.array(
          z.object({
            name: z.string(),
            points: z.array(z.tuple([z.number(), z.number()])).describe("[seconds since 1970, mW]"),
          }),
        ),
      }),
      handle: () => ({ limits: { ...workshop.limits }, history: history.points() }),
    }),
    route({
      method: "GET",
      path: "/api/v1/rig/events",
      role: "viewer",
      summary: "The journal's events of the current run, newest first",
      answer: z.object({
        events: z.array(
          z.object({ at: z.string(), step: z.int().nullable(), kind: z.string(), data: z.unknown() }),
        ),
      }),
      handle: async () => {
        const { run } = session.state();
        const events = run === null ? [] : await workshop.events(run);
        return { events: events.slice(-mostLines).reverse() };
      },
    }),
    route({
      method: "GET",
      path: "/api/v1/audit",
      role: "admin",
      summary: "Who commanded what, newest first",
      answer: z.object({ lines: z.array(auditSchema) }),
      handle: async () => ({ lines: [...(await readAudit(workshop.data, mostLines))] }),
    }),
    route({
      method: "POST",
      path: "/api/v1/doctor",
      role: "operator",
      summary: "Looks at everything a run needs, with a real inference on each engine",
      body: z.object({}),
      answer: z.object({ findings: z.array(findingSchema) }),
      handle: async () => {
        const findings: Finding[] = [];
        for await (const finding of workshop.examine()) findings.push(finding);
        return { findings };
      },
    }),
  ];
  return { routes, close: () => history.close() };
}
