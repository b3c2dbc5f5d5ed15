import { z } from "zod";
import type { Metrics } from "./metrics.js";
import { openapiOf } from "./openapi.js";
import type { ServerOptions } from "./options.js";
import { type Route, route } from "./route.js";
import { healthSchema } from "./schemas.js";

/** For supervisors, dashboards and programmers. @param others the routes that the document describes beside these */
export function serviceRoutes(
  options: ServerOptions,
  metrics: Metrics,
  others: readonly Route[],
): readonly Route[] {
  const own: Route[] = [
    route({
      method: "GET",
      path: "/health/live",
      role: null,
      summary: "200 while the daemon answers",
      answer: healthSchema,
      handle: ({ reply }) => {
        const { live, reasons } = options.health();
        return reply.code(live ? 200 : 503).send({ ok: live, reasons: live ? [] : reasons });
      },
    }),
    route({
      method: "GET",
      path: "/health/ready",
      role: null,
      summary: "200 only while rig, model and journal work; else 503 with the reasons",
      answer: healthSchema,
      handle: ({ reply }) => {
        const { ready, reasons } = options.health();
        return reply.code(ready ? 200 : 503).send({ ok: ready, reasons: ready ? [] : reasons });
      },
    }),
    route({
      method: "GET",
      path: "/metrics",
      role: "viewer",
      summary: "Prometheus metrics",
      answer: "text/plain",
      handle: async ({ reply }) => reply.type(metrics.contentType).send(await metrics.text()),
    }),
    route({
      method: "GET",
      path: "/api/v1/openapi.json",
      role: null,
      summary: "This document",
      answer: z.record(z.string(), z.unknown()),
      handle: () => document,
    }),
  ];
  const document = openapiOf([...own, ...others]);
  return own;
}
