import fastify from "fastify";
import { Gauge, Registry } from "prom-client";
import { z } from "zod";
import {
  addressOf,
  type Clock,
  ConfigError,
  type FleetState,
  type Logger,
  listen,
  patience,
} from "../core/index.js";
import { isLoopback } from "./access.js";
import { installBodies, installEntrance } from "./entrance.js";
import { installFailures } from "./failures.js";
import type { RunningServer } from "./options.js";
import { installPage } from "./page.js";
import { installRoutes, type Route, route } from "./route.js";
import type { TokenRecord } from "./tokens.js";

export interface FleetServerOptions {
  readonly fleet: { state(): FleetState };
  /** Loopback needs no tokens; any other host refuses to start without. */
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  readonly tokens?: readonly TokenRecord[];
  /** Folder of the built page. */
  readonly webRoot: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Serves the page over all rigs. It only reads: nothing here reaches a rig. */
export async function startFleetServer(options: FleetServerOptions): Promise<RunningServer> {
  const { host, tokens = [] } = options;
  const loopback = isLoopback(host);
  if (!loopback && tokens.length === 0) {
    throw new ConfigError(
      "TOKENS_NEEDED",
      `${host} can be reached by others, and there are no access tokens`,
      {
        where: "--host",
        hint: "make one with `stedloop token new viewer` and name the file with --tokens, or use 127.0.0.1",
      },
    );
  }
  const app = fastify({ bodyLimit: 1024, forceCloseConnections: true, ...patience() });
  try {
    installFailures(app, options.logger);
    installBodies(app);
    installRoutes(app, fleetRoutes(options.fleet), installEntrance(app, loopback, tokens));
    await installPage(app, options.webRoot, "fleet.html");
    const port = await listen(app, host, options.port);
    return { address: addressOf(host, port), port, close: () => app.close() };
  } catch (thrown) {
    await app.close();
    throw thrown;
  }
}

function fleetRoutes(fleet: FleetServerOptions["fleet"]): readonly Route[] {
  const registry = fleetMetrics(fleet);
  return [
    route({
      method: "GET",
      path: "/api/v1/fleet",
      role: "viewer",
      summary: "All rigs and workers of the fleet as they are known now",
      answer: z.record(z.string(), z.unknown()),
      handle: () => fleet.state(),
    }),
    route({
      method: "GET",
      path: "/health/live",
      role: null,
      summary: "200 while it answers",
      answer: z.object({ ok: z.boolean() }),
      handle: () => ({ ok: true }),
    }),
    route({
      method: "GET",
      path: "/health/ready",
      role: null,
      summary: "200 only while the NATS server is there",
      answer: z.object({ ok: z.boolean() }),
      handle: ({ reply }) => {
        const { connected } = fleet.state();
        return reply.code(connected ? 200 : 503).send({ ok: connected });
      },
    }),
    route({
      method: "GET",
      path: "/metrics",
      role: "viewer",
      summary: "Prometheus metrics",
      answer: "text/plain",
      handle: async ({ reply }) => reply.type(registry.contentType).send(await registry.metrics()),
    }),
  ];
}

/** Read when asked for, so that none is ever old. */
function fleetMetrics(fleet: FleetServerOptions["fleet"]): Registry {
  const registry = new Registry();
  const gauge = (name: string, help: string, read: (state: FleetState) => number | null): void => {
    new Gauge({
      name: `stedloop_fleet_${name}`,
      help,
      registers: [registry],
      collect() {
        const value = read(fleet.state());
        if (value === null) this.reset();
        else this.set(value);
      },
    });
  };
  gauge("connected", "1 while the NATS server is there", (s) => (s.connected ? 1 : 0));
  gauge("rigs", "Rigs heard of lately", (s) => s.rigs.filter((r) => !r.stale).length);
  gauge("rigs_stale", "Rigs known, but not heard of lately", (s) => s.rigs.filter((r) => r.stale).length);
  gauge("workers", "Scoring workers heard of lately", (s) => s.workers.filter((w) => !w.stale).length);
  gauge("queue_frames", "Frames that wait for a score or are being scored", (s) => s.queue.frames);
  gauge("dead_frames", "Frames that could not be scored, kept with their reason", (s) => s.queue.dead);
  return registry;
}
