import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { InputError } from "../core/index.js";
import { admit } from "./access.js";
import type { Role, Who } from "./tokens.js";

/** A checked request, as a handler sees it. */
export interface Call<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly who: Who;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}
interface RouteSpec<P, Q, B> {
  readonly method: "GET" | "POST";
  /** OpenAPI style: /api/v1/runs/{id} */
  readonly path: string;
  /** Least role; null = anyone who can reach the server. */
  readonly role: Role | null;
  readonly summary: string;
  readonly params?: z.ZodType<P>;
  readonly query?: z.ZodType<Q>;
  readonly body?: z.ZodType<B>;
  /** Bodies that the handler reads by itself, for the document: media type -> schema. */
  readonly takes?: Readonly<Record<string, z.ZodType>>;
  /** A schema of the JSON answer, or the media type where it is not JSON. */
  readonly answer: z.ZodType | string;
  readonly bodyLimitBytes?: number;
  readonly handle: (call: Call<P, Q, B>) => unknown;
}
/** A route with its types forgotten: what the table, the document and fastify see. */
export interface Route extends Omit<RouteSpec<unknown, unknown, unknown>, "handle"> {
  readonly run: (call: Call<unknown, unknown, unknown>) => unknown;
}

/** Declares one route; its schemas check the request and describe it in the OpenAPI document. */
export function route<P = unknown, Q = unknown, B = unknown>(spec: RouteSpec<P, Q, B>): Route {
  const { handle, ...rest } = spec;
  return {
    ...rest,
    run: (call) =>
      handle({
        ...call,
        params: check("path", spec.params, call.params),
        query: check("query", spec.query, call.query),
        body: check("body", spec.body, call.body),
      }),
  };
}

function check<T>(part: string, schema: z.ZodType<T> | undefined, given: unknown): T {
  if (schema === undefined) return undefined as T;
  const result = schema.safeParse(given ?? {});
  if (result.success) return result.data;
  throw new InputError("BAD_REQUEST", describeIssues(part, result.error), {
    hint: "see /api/v1/openapi.json",
  });
}

function describeIssues(part: string, error: z.ZodError): string {
  return error.issues
    .slice(0, 3)
    .map((issue) => `${[part, ...issue.path].join(".")}: ${issue.message}`)
    .join("; ");
}

/** No fields taken: an empty body, or none. */
export const nothing = z.object({});

/** Puts the table on the server. @param whoIs identity found by the entrance hook; null = unknown */
export function installRoutes(
  app: FastifyInstance,
  routes: readonly Route[],
  whoIs: (request: FastifyRequest) => Who | null,
): void {
  for (const entry of routes) {
    app.route({
      method: entry.method,
      url: entry.path.replace(/\{(\w+)\}/g, ":$1"),
      ...(entry.bodyLimitBytes === undefined ? {} : { bodyLimit: entry.bodyLimitBytes }),
      // Rights are looked at before a body is read: who may not, need not upload.
      onRequest: async (request) => {
        admit(whoIs(request), entry.role);
      },
      handler: async (request, reply) =>
        entry.run({
          params: request.params,
          query: request.query,
          body: request.body,
          who: admit(whoIs(request), entry.role),
          request,
          reply,
        }),
    });
  }
}
