import { ConnectError, UsageError } from "../../src/core/index.js";

export interface Endpoint {
  readonly host: string;
  /** "*" = a free port. */
  readonly port: string;
}

const shape = /^tcp:\/\/(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+|\*):(\d{1,5}|\*)$/;

/** `tcp://HOST:PORT` taken apart. Throws UsageError for anything else. */
export function parseEndpoint(text: string): Endpoint {
  const match = shape.exec(text);
  const [host, port] = [match?.[1], match?.[2]];
  if (host === undefined || port === undefined || (port !== "*" && Number(port) > 65535)) {
    throw new UsageError("BAD_ENDPOINT", `'${text}' is not an endpoint`, {
      hint: "write it as tcp://127.0.0.1:5555 (or tcp://127.0.0.1:* for a free port)",
    });
  }
  return { host, port: port === "0" ? "*" : port };
}

export function isLoopback(host: string): boolean {
  return /^127\./.test(host) || host === "localhost" || host === "[::1]";
}

const wildcards = new Set(["*", "0.0.0.0", "[::]"]);

/** The events endpoint of `hello`, with the command host where it says "any". */
export function eventsEndpoint(events: string, commands: string): string {
  const { host, port } = parseEndpoint(events);
  return `tcp://${wildcards.has(host) ? parseEndpoint(commands).host : host}:${port}`;
}

interface Bindable {
  bind(address: string): Promise<void>;
  readonly lastEndpoint: string | null;
}

/** Binds and answers the real endpoint. Rejects ConnectError for a busy port, UsageError for an address that is none. */
export async function bindTo(socket: Bindable, endpoint: string, curve: boolean): Promise<string> {
  const { host, port } = parseEndpoint(endpoint);
  if (!curve && !isLoopback(host)) {
    throw new UsageError("CURVE_NEEDED", "a rig server off loopback needs CURVE keys", {
      where: endpoint,
      hint: "bind to 127.0.0.1, or make keys by `stedloop keys new DIR`",
    });
  }
  try {
    await socket.bind(`tcp://${host === "localhost" ? "127.0.0.1" : host}:${port}`);
  } catch (cause) {
    const code = (cause as { code?: string }).code ?? "";
    if (code === "EADDRINUSE") {
      throw new ConnectError("PORT_BUSY", "the port is in use by another program", {
        where: endpoint,
        hint: "stop that program or choose another port",
        cause,
      });
    }
    if (code === "EACCES") {
      throw new ConnectError("PORT_DENIED", "this user may not open the port", {
        where: endpoint,
        hint: "choose a port above 1023",
        cause,
      });
    }
    throw new UsageError("BAD_ENDPOINT", `cannot bind here (${code || String(cause)})`, {
      where: endpoint,
      hint: "the host must be an address of this computer",
      cause,
    });
  }
  return socket.lastEndpoint ?? endpoint;
}
