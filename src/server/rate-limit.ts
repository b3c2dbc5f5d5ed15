import rateLimit from "@fastify/rate-limit";
import type { FastifyInstance } from "fastify";
import { StedError } from "../core/index.js";

/** A page at 30 frames/s, several tabs and a script beside it stay far below; a flood does not. */
const mostPerMinute = 12_000;
/** What must never be held up, and what monitors ask for. */
const free = new Set(["/api/v1/panic", "/health/live", "/health/ready"]);

/** More requests than an address may make. */
export class TooManyRequests extends StedError {}

/**
 * Off loopback each address may make so many requests a minute; more are refused with 429 and `retry-after` before
 * anything is read. The E-stop is never refused. @param most for tests
 */
export async function installRateLimit(
  app: FastifyInstance,
  loopback: boolean,
  most = mostPerMinute,
): Promise<void> {
  if (loopback) return;
  await app.register(rateLimit, {
    max: most,
    timeWindow: 60_000,
    allowList: (request) => free.has(request.routeOptions.url ?? ""),
    errorResponseBuilder: (_request, { ttl }) =>
      new TooManyRequests("TOO_MANY_REQUESTS", "more requests than one address may make a minute", {
        hint: `wait ${Math.ceil(ttl / 1000)} s`,
      }),
  });
}
