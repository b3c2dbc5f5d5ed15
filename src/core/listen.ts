import type { AddressInfo } from "node:net";
import { UsageError } from "./errors.js";

/** What a Fastify server is here: something that listens and then knows where. */
interface Listener {
  listen(at: { readonly host: string; readonly port: number }): Promise<unknown>;
  readonly server: { address(): AddressInfo | string | null };
}

/** A request, its body included, must have come within this time: whoever sends a byte a minute holds nothing open. */
export const slowestRequestMs = 300_000;

/** How a Fastify server ends slow requests; without it they may take for ever. @param ms for tests */
export function patience(ms = slowestRequestMs): {
  readonly requestTimeout: number;
  readonly http: { readonly connectionsCheckingInterval: number; readonly headersTimeout: number };
} {
  // Node takes the longer of the two for the whole request, whichever it was set as.
  const http = { connectionsCheckingInterval: Math.min(ms, 30_000), headersTimeout: Math.min(ms, 60_000) };
  return { requestTimeout: ms, http };
}

/** Opens the socket; returns the port that was bound. @throws UsageError that names what is wrong with it */
export async function listen(app: Listener, host: string, port: number): Promise<number> {
  try {
    await app.listen({ host, port });
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const at = `${host}:${port}`;
    if (code === "EADDRINUSE") {
      throw new UsageError("PORT_BUSY", `port ${port} on ${host} is in use`, {
        hint: "is another stedloop running? choose another with --port",
        cause,
      });
    }
    if (code === "EACCES") {
      throw new UsageError("PORT_FORBIDDEN", `port ${port} needs more rights than this process has`, {
        where: at,
        hint: "choose a port above 1024 with --port",
        cause,
      });
    }
    throw new UsageError("HOST_WRONG", `cannot listen on ${at}: ${code ?? String(cause)}`, {
      hint: "is that address one of this computer's?",
      cause,
    });
  }
  return (app.server.address() as AddressInfo).port;
}

/** http://host:port, an IPv6 host in brackets. */
export function addressOf(host: string, port: number): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
