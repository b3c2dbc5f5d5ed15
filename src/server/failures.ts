import type { FastifyInstance } from "fastify";
import { type Logger, StedError, toStedError } from "../core/index.js";
import { AccessError } from "./access.js";

/** What a client gets when something is refused or fails: never a stack, never a path of this machine. */
export interface Failure {
  readonly error: { readonly code: string; readonly message: string; readonly hint?: string };
}

const byClass: Readonly<Record<string, number>> = {
  UsageError: 400,
  ConfigError: 400,
  InputError: 400,
  ScoreError: 400,
  FitError: 400,
  SafetyTrip: 400,
  ConnectError: 503,
  DeadlineError: 503,
  StoreError: 503,
  ProtocolError: 503,
  /** The base class: the session says that it cannot do this now. */
  StedError: 409,
};

/** HTTP status of an error: its code where that tells more than its class. */
export function statusOf(error: StedError): number {
  if (error instanceof AccessError) return error.status;
  if (/_UNKNOWN$|^UNKNOWN_|NOT_FOUND|^NO_(FRAME|HEATMAP|OPTIMISER)$/.test(error.code)) return 404;
  if (error.code === "TOO_MANY_REQUESTS") return 429;
  if (/^INVITATION_/.test(error.code)) return 401;
  if (/TOO_LARGE/.test(error.code)) return 413;
  if (/^(BAD_PARAMS|OUT_OF_RANGE)$/.test(error.code)) return 400;
  if (/^(BUSY|SAFE_STATE|INTERLOCK)$/.test(error.code)) return 409;
  if (error.code === "INTERNAL" || error.code === "WORKER_DIED") return 500;
  return byClass[error.name] ?? 500;
}

export function failureOf(error: StedError): Failure {
  const message = statusOf(error) === 500 ? "something went wrong inside; the log has it" : error.message;
  const hint = error.hint === undefined ? {} : { hint: error.hint };
  return { error: { code: error.code, message, ...hint } };
}

/** Fastify's own refusals in our words. */
const framework: Readonly<Record<string, readonly [number, string, string, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: [
    413,
    "TOO_LARGE",
    "the body is too large",
    "use `stedloop score` for big files",
  ],
  FST_REQ_FILE_TOO_LARGE: [413, "TOO_LARGE", "the file is too large", "use `stedloop score` for big files"],
  FST_FILES_LIMIT: [413, "TOO_LARGE", "one file a request", "send the files one after another"],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    415,
    "MEDIA_TYPE",
    "the body is of a type that is not taken",
    "application/json",
  ],
};

/** Answers every thrown thing and every unknown address in one shape. */
export function installFailures(app: FastifyInstance, logger: Logger): void {
  app.setErrorHandler((thrown, request, reply) => {
    const code = (thrown as { code?: unknown }).code;
    const known = typeof code === "string" ? framework[code] : undefined;
    // What is still on its way is not waited for.
    if (/TOO_LARGE/.test(String(code))) reply.header("connection", "close");
    if (known !== undefined) {
      const [status, name, message, hint] = known;
      return reply.code(status).send({ error: { code: name, message, hint } } satisfies Failure);
    }
    const status = (thrown as { statusCode?: unknown }).statusCode;
    if (!(thrown instanceof StedError) && typeof status === "number" && status >= 400 && status < 500) {
      const message = thrown instanceof Error ? thrown.message : "bad request";
      return reply.code(status).send({ error: { code: "BAD_REQUEST", message } } satisfies Failure);
    }
    const error = toStedError(thrown);
    const answer = statusOf(error);
    if (answer >= 500)
      logger.error({ code: error.code, error: error.message, url: request.url }, "request failed");
    return reply.code(answer).send(failureOf(error));
  });
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split("?")[0] ?? "";
    return reply.code(404).send({
      error: { code: "NOT_FOUND", message: `nothing at ${path}`, hint: "see /api/v1/openapi.json" },
    } satisfies Failure);
  });
}
