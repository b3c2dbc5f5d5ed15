import { readFile } from "node:fs/promises";
import { type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager } from "@nats-io/jetstream";
import {
  type ConnectionOptions,
  connect,
  credsAuthenticator,
  type NatsConnection,
} from "@nats-io/transport-node";
import { type Clock, ConfigError, ConnectError, type Logger } from "../core/index.js";
import { ensureStreams } from "./streams.js";

/** How to reach the NATS server. */
export interface FleetTarget {
  readonly servers: readonly string[];
  /** As the server lists the connection. */
  readonly name: string;
  /** File of a user's JWT and seed (`.creds`). */
  readonly credentials?: string | undefined;
  /** File whose first line is a token. */
  readonly tokenFile?: string | undefined;
  /** Certificate of the authority that signed the server's, for tls:// */
  readonly ca?: string | undefined;
}

const tryAgainMs = 1000;
const connectMs = 5000;

/**
 * A connection that is always being kept up: whoever needs it asks `up` first and does without when it is not. Starting
 * never waits for the server, and nothing here ends because the server is away.
 */
export class FleetLink {
  private connection: NatsConnection | null = null;
  private manager: JetStreamManager | null = null;
  private connected = false;
  private readonly listeners = new Set<() => void>();
  private readonly ending = new AbortController();
  private readonly working: Promise<void>;
  /** Why there is no connection, in words; null while there is one or nothing was tried yet. */
  trouble: string | null = null;

  private constructor(
    private readonly target: FleetTarget,
    private readonly options: ConnectionOptions,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {
    this.working = this.keepUp();
  }

  /** @throws ConfigError for a file of credentials that cannot be read */
  static async start(target: FleetTarget, clock: Clock, logger: Logger): Promise<FleetLink> {
    return new FleetLink(target, await optionsOf(target), clock, logger);
  }

  get up(): boolean {
    return this.connected;
  }
  /** It was closed for good. */
  get closed(): boolean {
    return this.ending.signal.aborted;
  }
  /** Where it is connected to, without secrets. */
  get server(): string {
    return this.connection?.getServer() ?? this.target.servers.map(withoutSecrets).join(", ");
  }
  /** @throws ConnectError FLEET_AWAY */
  get nats(): NatsConnection {
    if (this.connection === null || !this.connected) throw this.away();
    return this.connection;
  }
  /** @throws ConnectError FLEET_AWAY */
  get js(): JetStreamClient {
    return jetstream(this.nats);
  }
  /** @throws ConnectError FLEET_AWAY */
  get jsm(): JetStreamManager {
    if (this.manager === null || !this.connected) throw this.away();
    return this.manager;
  }
  /** Bytes that one message may have here. */
  get largestMessage(): number {
    return this.connection?.info?.max_payload ?? 2 ** 20;
  }

  /** Calls back after every connection made or made again, at once when there is one. Returns what ends that. */
  onUp(listener: () => void): () => void {
    this.listeners.add(listener);
    if (this.connected) listener();
    return () => this.listeners.delete(listener);
  }

  /** Resolves with true as soon as there is a connection, with false when there is none after `ms`. */
  whenUp(ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const finish = (up: boolean): void => {
        timer.cancel();
        this.ending.signal.removeEventListener("abort", stop);
        leave();
        resolve(up);
      };
      const stop = (): void => finish(false);
      const timer = this.clock.after(ms, stop);
      let leave = (): void => undefined;
      this.ending.signal.addEventListener("abort", stop);
      if (this.ending.signal.aborted) stop();
      else if (this.connected) finish(true);
      else leave = this.onUp(() => finish(true));
    });
  }

  async close(): Promise<void> {
    this.ending.abort();
    await this.connection?.close();
    await this.working;
  }

  private away(): ConnectError {
    return new ConnectError("FLEET_AWAY", this.trouble ?? "the NATS server is not there yet", {
      where: this.server,
      hint: "is the NATS server running, with JetStream?",
    });
  }

  private async keepUp(): Promise<void> {
    const { signal } = this.ending;
    while (!signal.aborted) {
      try {
        const nats = await connect(this.options);
        this.connection = nats;
        if (signal.aborted) await nats.close();
        await this.prepare(nats);
        for await (const { type } of nats.status()) {
          if (type === "disconnect") this.setDown("the connection to the NATS server was lost");
          else if (type === "reconnect") await this.prepare(nats);
        }
        await nats.closed();
      } catch (thrown) {
        this.setDown((thrown as Error).message);
      }
      this.connected = false;
      await this.connection?.close().catch(() => undefined);
      await this.clock.sleep(tryAgainMs, signal);
    }
  }

  /** Streams may be gone when the server comes back: another one in its place, or an emptied disk. */
  private async prepare(nats: NatsConnection): Promise<void> {
    const { signal } = this.ending;
    while (!nats.isClosed() && !signal.aborted) {
      try {
        const manager = await jetstreamManager(nats, { timeout: connectMs });
        await ensureStreams(manager);
        this.manager = manager;
        this.connected = true;
        this.trouble = null;
        this.logger.info({ server: nats.getServer() }, "fleet: connected");
        for (const listener of [...this.listeners]) listener();
        return;
      } catch (thrown) {
        this.setDown(`JetStream: ${(thrown as Error).message}`);
        await this.clock.sleep(tryAgainMs, signal);
      }
    }
  }

  private setDown(why: string): void {
    this.connected = false;
    if (this.trouble === why || this.ending.signal.aborted) return;
    this.trouble = why;
    this.logger.warn({ server: this.target.servers.map(withoutSecrets) }, `fleet: ${why}`);
  }
}

function withoutSecrets(server: string): string {
  return server.replace(/\/\/[^@/]*@/, "//");
}

async function optionsOf(target: FleetTarget): Promise<ConnectionOptions> {
  const { credentials, tokenFile, ca } = target;
  const token =
    tokenFile === undefined ? undefined : (await fileOf(tokenFile)).toString("utf8").split("\n")[0];
  return {
    servers: [...target.servers],
    name: target.name,
    timeout: connectMs,
    maxReconnectAttempts: -1,
    reconnectTimeWait: tryAgainMs,
    ignoreAuthErrorAbort: true,
    // A server that hangs is noticed by two pings unanswered.
    pingInterval: 5000,
    maxPingOut: 2,
    ...(token === undefined ? {} : { token: token.trim() }),
    ...(credentials === undefined ? {} : { authenticator: credsAuthenticator(await fileOf(credentials)) }),
    ...(ca === undefined ? {} : { tls: { ca: (await fileOf(ca)).toString("utf8") } }),
  };
}

async function fileOf(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new ConfigError("FLEET_CREDENTIALS", `cannot be read: ${(cause as Error).message}`, {
      where: path,
      hint: "name the file that the NATS server's keeper gave you",
      cause,
    });
  }
}
