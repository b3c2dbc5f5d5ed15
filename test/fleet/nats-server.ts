import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmdirSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger, systemClock } from "../../src/core/index.js";
import { FleetLink } from "../../src/fleet/index.js";

/** A real nats-server: STEDLOOP_NATS_SERVER, one on the path, or one that Go builds once into the cache. */
const module = "github.com/nats-io/nats-server/v2@v2.10.29";
const bin = join(homedir(), ".cache", "stedloop", "bin");
const built = join(bin, "nats-server");

export const natsServer = findServer();
if (natsServer === null) console.log(`skipped: no nats-server here, and no Go that could build ${module}`);

function works(program: string): boolean {
  return spawnSync(program, ["--version"], { timeout: 20_000 }).status === 0;
}

function findServer(): string | null {
  for (const program of [process.env.STEDLOOP_NATS_SERVER, "nats-server", built]) {
    if (program !== undefined && program !== "" && works(program)) return program;
  }
  if (spawnSync("go", ["version"], { timeout: 20_000 }).status !== 0) return null;
  mkdirSync(bin, { recursive: true });
  // Two test files at once: the second waits for what the first one builds.
  const lock = `${built}.building`;
  try {
    mkdirSync(lock);
  } catch {
    const old =
      existsSync(lock) && performance.timeOrigin + performance.now() - statSync(lock).mtimeMs > 600_000;
    if (old) rmdirSync(lock);
    for (let i = 0; i < 300 && existsSync(lock); i++) spawnSync("sleep", ["1"]);
    return works(built) ? built : null;
  }
  const env = { ...process.env, GOBIN: bin };
  const done = spawnSync("nice", ["-n", "10", "go", "install", module], { env, timeout: 290_000 });
  rmdirSync(lock);
  return done.status === 0 && works(built) ? built : null;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** One server with a store of its own, which can be killed and started again at the same address. */
export class TestNats {
  private child: ChildProcess | null = null;
  private readonly store = mkdtempSync(join(tmpdir(), "stedloop-nats-"));

  private constructor(
    readonly port: number,
    private readonly more: readonly string[],
  ) {}

  static async start(more: readonly string[] = []): Promise<TestNats> {
    const server = new TestNats(await freePort(), more);
    await server.start();
    return server;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const args = ["-a", "127.0.0.1", "-p", String(this.port), "-js", "-sd", this.store, ...this.more];
    const child = spawn(natsServer as string, args, { stdio: ["ignore", "ignore", "pipe"] });
    this.child = child;
    await new Promise<void>((resolve, reject) => {
      let said = "";
      child.stderr?.on("data", (bytes: Buffer) => {
        said += bytes.toString();
        if (/Server is ready/.test(said)) resolve();
      });
      child.once("exit", (code) => reject(new Error(`nats-server ended with ${code}: ${said.slice(-300)}`)));
    });
  }

  /** Without a word, as a power cut would. */
  async kill(): Promise<void> {
    const { child } = this;
    this.child = null;
    if (child === null || child.exitCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await gone;
  }

  /** Hangs or goes on: its sockets stay open, nothing is answered. */
  signal(name: "SIGSTOP" | "SIGCONT"): void {
    this.child?.kill(name);
  }

  async close(): Promise<void> {
    await this.kill();
    rmSync(this.store, { recursive: true, force: true });
  }

  /** A connection that is up. */
  async link(name = "test"): Promise<FleetLink> {
    const link = await FleetLink.start({ servers: [this.url], name }, systemClock, silentLogger);
    if (!(await link.whenUp(10_000))) throw new Error(`no connection: ${link.trouble}`);
    return link;
  }
}
