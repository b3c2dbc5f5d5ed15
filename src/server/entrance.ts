import type { FastifyInstance, FastifyRequest } from "fastify";
import { InputError } from "../core/index.js";
import { checkOrigin, identify } from "./access.js";
import type { TokenRecord, Who } from "./tokens.js";

/** Only ours, and nothing in line: no script of anybody else can run in the page. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "connect-src 'self'",
  "font-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** Looks at every request before anything else: where it comes from, who it is; and sets the headers of every answer. */
export function installEntrance(
  app: FastifyInstance,
  loopback: boolean,
  tokens: readonly TokenRecord[],
): (request: FastifyRequest) => Who | null {
  const known = new WeakMap<FastifyRequest, Who>();
  app.addHook("onRequest", async (request, reply) => {
    reply.header("content-security-policy", policy);
    reply.header("x-content-type-options", "nosniff");
    reply.header("referrer-policy", "no-referrer");
    reply.header("cross-origin-resource-policy", "same-origin");
    reply.header("cross-origin-opener-policy", "same-origin");
    if (request.url.startsWith("/api/")) reply.header("cache-control", "no-store");
    checkOrigin(request.headers, request.method, loopback);
    const who = identify(request.headers, tokens);
    if (who !== null) known.set(request, who);
  });
  return (request) => known.get(request) ?? null;
}

/** Routes that take a body in another way than parsed JSON. */
export const rawBody: ReadonlySet<string> = new Set([
  "/api/v1/score",
  "/api/v1/score/picture",
  "/api/v1/score/heatmap",
]);
export const anyBody: ReadonlySet<string> = new Set(["/api/v1/panic"]);

/** No message of ours is nested half as deep; what is, ends threads that it is handed on to. */
const deepest = 64;

/** @throws InputError BAD_JSON for brackets within brackets beyond `deepest` */
function checkDepth(body: Buffer): void {
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < body.length; i++) {
    const byte = body[i];
    if (quoted) {
      if (byte === 0x5c) i++;
      else if (byte === 0x22) quoted = false;
    } else if (byte === 0x22) quoted = true;
    else if (byte === 0x5b || byte === 0x7b) {
      if (++depth > deepest) throw new InputError("BAD_JSON", `the body is nested more than ${deepest} deep`);
    } else if (byte === 0x5d || byte === 0x7d) depth--;
  }
}

/** JSON only; none is as good as an empty one. The E-stop takes whatever comes: nothing in a body may hold it up. */
export function installBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    "application/json",
    { parseAs: "buffer" },
    async (request: FastifyRequest, body: Buffer) => {
      const url = request.routeOptions.url ?? "";
      if (rawBody.has(url)) return body;
      if (body.length === 0) return {};
      try {
        checkDepth(body);
        return JSON.parse(body.toString("utf8")) as unknown;
      } catch (cause) {
        if (anyBody.has(url)) return {};
        if (cause instanceof InputError) throw cause;
        const why = cause instanceof Error ? cause.message : "";
        throw new InputError("BAD_JSON", `the body is not JSON: ${why.slice(0, 100)}`, { cause });
      }
    },
  );
  app.addContentTypeParser("*", { parseAs: "buffer" }, async (request: FastifyRequest, body: Buffer) => {
    if (anyBody.has(request.routeOptions.url ?? "") || body.length === 0) return {};
    throw new InputError("MEDIA_TYPE", "the body must be application/json", {
      hint: "set the header content-type: application/json",
    });
  });
}
