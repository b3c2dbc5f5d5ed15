import { randomUUID } from "node:crypto";
import { Context, Publisher as Pub, Router } from "zeromq";
import { type Clock, type Logger, silentLogger, systemClock } from "../../../src/core/index.js";
import type { RigBackend } from "../../contract.js";
import { serverCurve } from "../curve.js";
import { bindTo } from "../endpoint.js";
import { serverKeys } from "../keys.js";
import { protocolWord } from "../schemas.js";
import { SendQueue } from "../send-queue.js";
import { encode, type Part } from "../wire.js";
import { RigCore } from "./core.js";
import { Dispatcher } from "./dispatch.js";
import { type Denied, KeyGuard } from "./guard.js";
import { makeMethods } from "./methods.js";
import { Publisher } from "./publisher.js";

export interface ServeRigOptions {
  /** Command endpoint, `tcp://127.0.0.1:5555`; `tcp://127.0.0.1:*` takes a free port. */
  readonly bind: string;
  /** Event endpoint; null = no events (`hello.events` is null). */
  readonly events: string | null;
  /** Dark and `safe` when the owner was silent for this long. Default 3000. */
  readonly leaseMs?: number;
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** What `hello` calls this server. */
  readonly name?: string;
  readonly version?: string;
  /** Bytes; a client that sends more is disconnected. Default 1 MiB. */
  readonly maxMessageSize?: number;
  /** Encrypts both sockets and admits known keys only (`newKeys`); needed off loopback. `keys` is the folder. */
  readonly curve?: { readonly keys: string };
  /** Told of clients with unknown keys, at most once in 10 s per address. */
  readonly onDenied?: (denied: Denied) => void;
}
export interface RunningRigServer {
  /** The real endpoints, ports filled in. */
  readonly commands: string;
  readonly events: string | null;
  readonly start: string;
  /** Switches every source off, answers what is in flight and lets the ports go. The backend stays its owner's. */
  close(): Promise<void>;
}

/**
 * Puts a backend on the wire as a `stedrig/1` server (rig-protocol.md). Rejects ConnectError for a busy port and
 * UsageError for an endpoint that is none or that is off loopback without CURVE.
 */
export async function serveRig(backend: RigBackend, options: ServeRigOptions): Promise<RunningRigServer> {
  const { leaseMs = 3000, clock = systemClock, logger = silentLogger } = options;
  const server = { name: options.name ?? "stedloop", version: options.version ?? "0" };
  const keys = options.curve === undefined ? null : serverKeys(options.curve.keys);
  // A context of its own: the key guard answers for every socket of a context.
  const context = new Context();
  // The publisher comes later: whoever is refused before it stands is told to `onDenied` alone.
  const refused: { tell: (denied: Denied) => void } = { tell: () => undefined };
  const onDenied = (denied: Denied): void => {
    options.onDenied?.(denied);
    refused.tell(denied);
  };
  const guard =
    options.curve === undefined
      ? null
      : new KeyGuard(context, { folder: options.curve.keys, clock, logger, onDenied });
  const maxMessageSize = options.maxMessageSize ?? 1024 * 1024;
  const router = new Router({ ...routerOptions, context, maxMessageSize, ...serverCurve(keys, "commands") });
  const pub =
    options.events === null ? null : new Pub({ ...pubOptions, context, ...serverCurve(keys, "events") });
  try {
    await guard?.open();
    const commands = await bindTo(router, options.bind, keys !== null);
    const events = pub === null ? null : await bindTo(pub, options.events ?? "", keys !== null);
    return run(backend, { router, pub, guard, refused, commands, events, leaseMs, clock, logger, server });
  } catch (thrown) {
    router.close();
    pub?.close();
    guard?.close();
    throw thrown;
  }
}

/**
 * `mandatory` and no waiting: an answer to a client that is gone or stuck is dropped and seen, and delays nobody. The
 * short linger lets the last answers out when the server ends.
 */
const routerOptions = {
  linger: 300,
  mandatory: true,
  sendTimeout: 0,
  heartbeatInterval: 1000,
  heartbeatTimeout: 3000,
} as const;
/** Room for a burst of small events; a subscriber that does not even answer ZMTP pings is let go with its queue. */
const pubOptions = {
  linger: 0,
  sendHighWaterMark: 4000,
  heartbeatInterval: 1000,
  heartbeatTimeout: 3000,
} as const;

interface Bound {
  readonly router: Router;
  readonly pub: Pub | null;
  readonly guard: KeyGuard | null;
  readonly refused: { tell: (denied: Denied) => void };
  readonly commands: string;
  readonly events: string | null;
  readonly leaseMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly server: { readonly name: string; readonly version: string };
}

function run(backend: RigBackend, bound: Bound): RunningRigServer {
  const { router, pub, guard, commands, events, leaseMs, clock, logger, server } = bound;
  const start = randomUUID();
  const now = (): number => clock.monotonic();
  const replies = new SendQueue(router, { now, capacity: 10_000, retry: false });
  const news = pub === null ? null : new SendQueue(pub, { now, capacity: 100_000, retry: true });
  const dropped = (cause: unknown): void => logger.warn({ cause: String(cause) }, "a message was dropped");
  const publisher = new Publisher(start, clock, (parts) =>
    news?.push(parts, Number.POSITIVE_INFINITY, dropped),
  );
  // Told to the owner too, whose daemon journals it; the guard tells at most once in 10 s an address.
  bound.refused.tell = ({ address, domain, key, count }) => {
    const message = `a client with an unknown key was refused at ${domain} (${count} times; key ${key || "none"})`;
    publisher.fault({ code: "KEY_REFUSED", message, source: address });
  };
  const core = new RigCore({ backend, publisher, clock, logger, leaseMs });
  const { identity: rig, capabilities } = backend;
  const greeting = { rig, server, protocol: protocolWord, start, leaseMs, events, capabilities };
  const methods = makeMethods(core, { ...greeting, capabilities: JSON.parse(JSON.stringify(capabilities)) });
  const dispatcher = new Dispatcher(core, methods, clock);
  const beat = clock.every(1000, () => publisher.beat(core.state), { background: true });
  const word = Buffer.from(protocolWord);

  const answer = async (message: readonly Part[]): Promise<void> => {
    const [routing, ...parts] = message;
    if (routing === undefined) return;
    // Copied: zmq takes its memory back, and the routing id is kept until the answer is sent.
    const to = Buffer.from(routing);
    const { header, pixels } = await dispatcher.answer(parts);
    replies.push([to, word, encode(header), ...pixels], Number.POSITIVE_INFINITY, dropped);
  };
  const open = new Set<Promise<void>>();
  const receive = async (): Promise<void> => {
    for await (const message of router) {
      const done = answer(message).catch((error: Error) =>
        logger.error({ error: error.message }, "no answer"),
      );
      open.add(done);
      void done.then(() => open.delete(done));
    }
  };
  const receiving = receive().catch(async (error: Error) => {
    logger.error({ error: error.message }, "the command socket failed: dark");
    core.apply({ type: "safe", cause: "safe" });
  });

  let closing: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    beat.cancel();
    await core.close();
    await withPatience(Promise.all(open), 500, clock);
    const released = portsReleased([router, ...(pub === null ? [] : [pub])], clock);
    router.close();
    replies.close();
    await receiving;
    news?.close();
    pub?.close();
    guard?.close();
    await released;
  };
  return {
    commands,
    events,
    start,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

/**
 * When the sockets, closed now, have let their ports go: zmq does that in the background, and a server started again
 * at once would find its own port busy (seen in 17 % of closes). The monitor's last event tells.
 */
async function portsReleased(sockets: readonly (Router | Pub)[], clock: Clock): Promise<void> {
  const ends = sockets.map(
    (socket) => new Promise<void>((resolve) => socket.events.on("end", () => resolve())),
  );
  await withPatience(Promise.all(ends), 1000, clock);
}

async function withPatience(work: Promise<unknown>, ms: number, clock: Clock): Promise<void> {
  const patience = new AbortController();
  await Promise.race([work, clock.sleep(ms, patience.signal)]);
  patience.abort();
}
