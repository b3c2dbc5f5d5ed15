import { randomUUID } from "node:crypto";
import multipart from "@fastify/multipart";
import fastify from "fastify";
import { addressOf, ConfigError, listen, patience } from "../core/index.js";
import { isLoopback } from "./access.js";
import { installAudit } from "./audit.js";
import { ControlLock } from "./control-lock.js";
import { controlRoutes, learnRoute } from "./control-routes.js";
import { installBodies, installEntrance } from "./entrance.js";
import { EventStream } from "./event-stream.js";
import { installFailures } from "./failures.js";
import { Metrics, newRegistry } from "./metrics.js";
import type { RunningServer, ServerOptions } from "./options.js";
import { installPage } from "./page.js";
import { PictureWorker } from "./pictures.js";
import { installRateLimit } from "./rate-limit.js";
import { installRoutes } from "./route.js";
import { scoreRoutes } from "./score-routes.js";
import { serviceRoutes } from "./service-routes.js";
import { uploadLimitBytes } from "./upload.js";
import { watchRoutes } from "./watch-routes.js";
import { openWorkshop } from "./workshop-routes.js";

const anybody = { use: () => undefined, take: () => undefined, release: () => undefined };

/** Bodies of commands are small; routes that take more say so. */
const commandLimitBytes = 64 * 1024;

/**
 * Serves the page, the API, the event stream, health and metrics. Rejects ConfigError when it would stand open to
 * a network without tokens, and UsageError that names the port when that is taken.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { host, session, clock, logger } = options;
  const tokens = options.tokens ?? [];
  const loopback = isLoopback(host);
  if (!loopback && tokens.length === 0) {
    throw new ConfigError(
      "TOKENS_NEEDED",
      `${host} can be reached by others, and there are no access tokens`,
      {
        where: "server.host",
        hint: "make one with `stedloop token new operator` and name the file in `server.tokens`, or use 127.0.0.1",
      },
    );
  }
  const app = fastify({
    bodyLimit: commandLimitBytes,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 300 },
    ...patience(options.slowestRequestMs),
  });
  const server = randomUUID();
  const lock = new ControlLock(clock);
  const stream = new EventStream(session, clock, server, lock, options.mostWatchers);
  const pictures = new PictureWorker(logger);
  const metrics = new Metrics(options.metrics ?? newRegistry(), {
    session,
    watchers: () => stream.size,
    health: options.health,
  });
  const later: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    stream.close();
    await app.close();
    await pictures.close();
    for (const end of later) await end();
  };
  try {
    installFailures(app, logger);
    installBodies(app);
    await installRateLimit(app, loopback, options.requestsPerMinute);
    await app.register(multipart, { limits: { fileSize: uploadLimitBytes, files: 1, parts: 8 } });
    const whoIs = installEntrance(app, loopback, tokens);
    app.addHook("onResponse", async (request, reply) => {
      const route = request.routeOptions.url ?? "none";
      metrics.answered(request.method, route, reply.statusCode, reply.elapsedTime / 1000);
    });
    const shop = options.workshop === undefined ? null : openWorkshop(options, options.workshop, pictures);
    later.push(async () => shop?.close());
    if (options.workshop !== undefined) installAudit(app, options.workshop.data, whoIs, clock, logger);
    const api = [
      ...watchRoutes(options, stream, pictures, server, lock),
      // Without tokens everybody is "local", and there is nobody to keep apart.
      ...controlRoutes(session, tokens.length > 0 ? lock : anybody),
      learnRoute(options.learnFrom, tokens.length > 0 ? lock : anybody),
      ...scoreRoutes(options, pictures),
      ...(shop?.routes ?? []),
    ];
    installRoutes(app, [...serviceRoutes(options, metrics, api), ...api], whoIs);
    await installPage(app, options.webRoot);
    const port = await listen(app, host, options.port);
    return { address: addressOf(host, port), port, close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}
