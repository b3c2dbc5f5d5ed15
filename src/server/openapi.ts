import { z } from "zod";
import type { Route } from "./route.js";
import { failureSchema } from "./schemas.js";

type Json = Readonly<Record<string, unknown>>;

/** The API's document (OpenAPI 3.1) from the very table that the server runs. */
export function openapiOf(routes: readonly Route[]): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const entry of routes) {
    const methods = paths[entry.path] ?? {};
    methods[entry.method.toLowerCase()] = operation(entry);
    paths[entry.path] = methods;
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "stedloop",
      version: "1",
      summary: "Watch and steer a STED microscope that tunes itself",
      license: { name: "MIT", identifier: "MIT" },
    },
    paths,
    components: {
      securitySchemes: { token: { type: "http", scheme: "bearer" } },
      schemas: { Failure: schemaOf(failureSchema, "output") },
    },
  };
}

function operation(entry: Route): Json {
  const failure = {
    description: "Refused or failed: `code` is stable, `message` and `hint` are for people",
    content: { "application/json": { schema: { $ref: "#/components/schemas/Failure" } } },
  };
  const bodies = entry.takes ?? (entry.body === undefined ? {} : { "application/json": entry.body });
  const content = Object.fromEntries(
    Object.entries(bodies).map(([media, schema]) => [media, { schema: schemaOf(schema, "input") }]),
  );
  const body = Object.keys(content).length === 0 ? {} : { requestBody: { content } };
  return {
    summary: entry.summary,
    operationId: operationId(entry),
    parameters: [...parametersOf(entry.params, "path"), ...parametersOf(entry.query, "query")],
    ...body,
    responses: { "200": { description: "Done", content: contentOf(entry.answer) }, default: failure },
    security: entry.role === null ? [] : [{ token: [] }],
    "x-role": entry.role ?? "anyone",
  };
}

function contentOf(answer: z.ZodType | string): Json {
  if (typeof answer === "string") return { [answer]: {} };
  return { "application/json": { schema: schemaOf(answer, "output") } };
}

function parametersOf(schema: z.ZodType | undefined, where: "path" | "query"): readonly Json[] {
  if (!(schema instanceof z.ZodObject)) return [];
  const { properties, required } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return Object.entries(properties ?? {}).map(([name, of]) => ({
    name,
    in: where,
    required: where === "path" || (required ?? []).includes(name),
    schema: of,
  }));
}

function schemaOf(schema: z.ZodType, io: "input" | "output"): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return rest;
}

/** GET /api/v1/runs/{id} -> getRunsId */
function operationId(entry: Route): string {
  const words = entry.path.replace("/api/v1", "").match(/[a-zA-Z]+/g) ?? [];
  return entry.method.toLowerCase() + words.map((w) => w.charAt(0).toUpperCase() + w.slice(1)).join("");
}
