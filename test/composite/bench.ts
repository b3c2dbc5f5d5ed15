import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { ended, tempFolder } from "../cli/command-line.js";

const main = join(import.meta.dirname, "../../dist/src/cli/main.js");
const preload = join(import.meta.dirname, "stall.mjs");

/** A process that says JSON lines and takes some. */
class Talker {
  readonly said: string[] = [];
  private readonly lines: Interface;
  private queue: { resolve: (line: string) => void; reject: (error: Error) => void }[] = [];

  constructor(readonly child: ChildProcess) {
    this.lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
    this.lines.on("line", (line) => {
      this.said.push(line);
      this.queue.shift()?.resolve(line);
    });
    child.once("exit", (code) => {
      for (const { reject } of this.queue.splice(0))
        reject(new Error(`ended with ${code}: ${this.said.at(-1)}`));
    });
    child.stderr?.resume();
  }
  next(): Promise<string> {
    return new Promise((resolve, reject) => {
      this.queue.push({ resolve, reject });
    });
  }
  async ask(order: object): Promise<Record<string, unknown>> {
    const answer = this.next();
    this.child.stdin?.write(`${JSON.stringify(order)}\n`);
    return JSON.parse(await answer) as Record<string, unknown>;
  }
}

/** The network between daemon and scanner, which can be cut. */
class Relay {
  private readonly servers: Server[] = [];
  private readonly sockets = new Set<Socket>();
  private isCut = false;

  open(endpoints: readonly string[]): Promise<string[]> {
    return Promise.all(
      endpoints.map(
        (endpoint) =>
          new Promise<string>((resolve) => {
            const to = Number(/:(\d+)$/.exec(endpoint)?.[1]);
            const server = createServer((from) => {
              if (this.isCut) return void from.destroy();
              const onward = connect(to, "127.0.0.1");
              for (const [a, b] of [
                [from, onward],
                [onward, from],
              ] as const) {
                this.sockets.add(a);
                // A cable that is cut says nothing: bytes just do not arrive.
                a.on("data", (bytes) => !this.isCut && b.write(bytes));
                a.on("error", () => undefined);
                a.on("close", () => b.destroy());
              }
            });
            this.servers.push(server);
            server.listen(0, "127.0.0.1", () =>
              resolve(`tcp://127.0.0.1:${(server.address() as { port: number }).port}`),
            );
          }),
      ),
    );
  }
  cut(): void {
    this.isCut = true;
  }
  mend(): void {
    this.isCut = false;
    for (const socket of this.sockets) socket.destroy();
    this.sockets.clear();
  }
  close(): void {
    for (const server of this.servers) server.close();
    this.mend();
  }
}

export interface DeviceUnderTest {
  readonly name: string;
  readonly kind: string;
  readonly role: "depletion" | "excitation" | "aotf";
  /** Further keys of its entry in `rig.light`. */
  readonly more?: string;
  /** set,mWAtSample rows; absent = no calibration. */
  readonly table?: readonly (readonly [number, number])[];
  readonly maxMw: number;
  readonly maxRampMwPerS?: number;
  /** Another one, whose box this is a channel of: same port, same simulator. */
  readonly on?: string;
  /** Its own light, of a channel of a box: a register of the simulator. */
  readonly register?: string;
  /** A gate that it shines into. */
  readonly behind?: string;
}
export interface BenchOptions {
  readonly devices: readonly DeviceUnderTest[];
  readonly timeScale?: number;
  /** Told when the guard had to act. */
  readonly webhook?: string;
  /** Appended to the configuration; replaces what is there by default under the same key. */
  readonly config?: Readonly<Record<string, string>>;
}

/** A rig of real processes: a simulated scanner, simulated devices behind pseudo-terminals, and the daemon. */
export class CompositeBench {
  readonly folder = tempFolder();
  data = join(this.folder, "data");
  private runs = 0;
  readonly relay = new Relay();
  private readonly sims = new Map<string, Talker>();
  private readonly children: ChildProcess[] = [];
  scanner: Talker | null = null;
  daemon: ChildProcess | null = null;
  daemonSaid = "";
  private guardPid = Number.NaN;

  constructor(readonly options: BenchOptions) {}

  async start(): Promise<void> {
    const { devices, timeScale = 1 } = this.options;
    this.scanner = this.spawn([
      "rig",
      "--bind",
      "tcp://127.0.0.1:*",
      "--events",
      "tcp://127.0.0.1:*",
      "--time-scale",
      String(timeScale),
    ]);
    const ready = this.scanner.next();
    await Promise.all(
      devices.map(async ({ name, kind, on }) => {
        if (on !== undefined) return;
        const sim = this.spawn(["device-sim", kind, "--link", this.port(name)]);
        this.sims.set(name, sim);
        await sim.next();
      }),
    );
    const { commands, events } = JSON.parse(await ready) as { commands: string; events: string };
    const [c, e] = await this.relay.open([commands, events]);
    this.write(c as string, e as string);
  }

  /** The next run keeps its journal in a folder of its own, so that nothing of the last one is adopted. */
  newData(): void {
    this.data = join(this.folder, `data-${++this.runs}`);
  }
  process(name: string): ChildProcess {
    return this.sim(name).child;
  }
  /** The guard that the daemon started. */
  guard(): number {
    const out = execFileSync("ps", ["-eo", "pid=,ppid=,args="], { encoding: "utf8" });
    const line = out
      .split("\n")
      .map((l) => l.trim().split(/\s+/))
      .find(([, parent, ...args]) => Number(parent) === this.daemon?.pid && args.includes("guard"));
    return Number(line?.[0] ?? Number.NaN);
  }

  port(name: string): string {
    return join(this.folder, `tty-${this.box(name)}`);
  }
  private box(name: string): string {
    return this.device(name).on ?? name;
  }
  device(name: string): DeviceUnderTest {
    const found = this.options.devices.find((d) => d.name === name);
    if (found === undefined) throw new Error(`no device ${name}`);
    return found;
  }
  get config(): string {
    return join(this.folder, "rig.yaml");
  }

  private write(commands: string, events: string): void {
    const { devices, config = {}, webhook } = this.options;
    const light = devices.map(({ name, kind, role, more = "", table }) => {
      if (table !== undefined) {
        const rows = table.map((row) => row.join(",")).join("\n");
        const date = new Date().toISOString().slice(0, 10);
        writeFileSync(join(this.folder, `${name}.csv`), `# ${date}, 640, PM100D\nset,mWAtSample\n${rows}\n`);
      }
      const calibration = table === undefined ? "" : `, calibration: ${name}.csv`;
      return `    - {name: ${name}, device: ${kind}, port: ${this.port(name)}, role: ${role}${calibration}${more}}`;
    });
    const parts: Record<string, string> = {
      rig: `\n  kind: composite${webhook === undefined ? "" : `\n  guardWebhook: ${webhook}`}\n  scanner: {commands: "${commands}", events: "${events}"}\n  light:\n${light.join("\n")}`,
      safety: "safety.yaml",
      gate: "off",
      parameters:
        "{depletionPowerMw: {min: 30, max: 200}, excitationPowerUw: {min: 2, max: 15}, dwellTimeUs: {min: 60, max: 90}}",
      confocal: "{excitationPowerUw: 10, dwellTimeUs: 10, lineRepeats: 1}",
      objectives: "[{name: quality}, {name: bleaching}]",
      budget: "{steps: 40}",
      ...config,
    };
    writeFileSync(
      this.config,
      Object.entries(parts)
        .map(([key, value]) => `${key}: ${value}\n`)
        .join(""),
    );
    const sources = devices.map(
      ({ name, maxMw, maxRampMwPerS }) =>
        `  ${name}: {maxMw: ${maxMw}${maxRampMwPerS === undefined ? "" : `, maxRampMwPerS: ${maxRampMwPerS}`}}\n`,
    );
    writeFileSync(
      join(this.folder, "safety.yaml"),
      `limits: {depletionPowerMw: {max: 250}, excitationPowerUw: {max: 18}, dwellTimeUs: {max: 100}, lineRepeats: {max: 10}}\nsources:\n${sources.join("")}  depletion-750: {maxMw: 300}\n  excitation-635: {maxMw: 0.02}\n`,
    );
  }

  private spawn(args: readonly string[]): Talker {
    const child = spawn(process.execPath, [main, ...args], { stdio: ["pipe", "pipe", "pipe"] });
    this.children.push(child);
    return new Talker(child);
  }

  /** The daemon with its page, or headless. Resolves to the page's address once it stands ("" when headless). */
  async run(args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<string> {
    const headless = args.includes("--headless");
    const port = headless ? [] : ["--port", "0"];
    const child = spawn(
      process.execPath,
      ["--import", preload, main, "run", "--config", this.config, "--data", this.data, ...port, ...args],
      { stdio: ["ignore", "pipe", "pipe"], detached: true, env: { ...process.env, ...env } },
    );
    this.children.push(child);
    this.daemon = child;
    this.daemonSaid = "";
    child.stderr?.on("data", (text) => {
      this.daemonSaid += String(text);
    });
    if (headless) {
      child.stdout?.resume();
      return "";
    }
    return new Promise((resolve, reject) => {
      createInterface({ input: child.stdout as NodeJS.ReadableStream }).on("line", (line) => {
        const found = /http:\S+/.exec(line);
        if (found === null) return;
        this.guardPid = this.guard();
        resolve(found[0]);
      });
      child.once("exit", (code) =>
        reject(new Error(`the daemon ended with ${code}: ${this.daemonSaid.slice(-500)}`)),
      );
    });
  }

  /** The truth, whatever the device says on its line. */
  async emits(name: string): Promise<boolean> {
    const { status } = (await this.sim(name).ask({ status: true })) as { status: Record<string, unknown> };
    const { register } = this.device(name);
    const { emission, registers } = status as { emission: boolean; registers: Record<string, boolean> };
    return register === undefined ? emission : registers[register] === true;
  }
  /** Light that arrives at the sample: not what shines into a shut gate. */
  async reaches(name: string): Promise<boolean> {
    const { behind } = this.device(name);
    return (await this.emits(name)) && (behind === undefined || (await this.emits(behind)));
  }
  fault(name: string, fault: string, forS?: number): Promise<unknown> {
    return this.sim(name).ask(forS === undefined ? { fault } : { fault, for: forS });
  }
  clear(name: string, fault: string): Promise<unknown> {
    return this.sim(name).ask({ clear: fault });
  }
  private sim(name: string): Talker {
    const sim = this.sims.get(this.box(name));
    if (sim === undefined) throw new Error(`no device ${name}`);
    return sim;
  }

  /** Milliseconds until `test` holds for a device. */
  async until(name: string, lit: boolean, withinMs = 60_000): Promise<number> {
    const began = performance.now();
    for (;;) {
      if ((await this.emits(name)) === lit) return performance.now() - began;
      if (performance.now() - began > withinMs) {
        throw new Error(
          `${name} was not ${lit ? "lit" : "dark"} within ${withinMs} ms; ${this.daemonSaid.slice(-400)}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
  /** All of them lit at once: a STED frame is being scanned. The daemon may take its time, not its leave. */
  async lit(withinMs = 180_000): Promise<void> {
    const end = performance.now() + withinMs;
    const { devices } = this.options;
    for (let all: boolean[] = []; ; ) {
      all = await Promise.all(devices.map((d) => this.emits(d.name)));
      if (all.every((on) => on)) return;
      const gone = this.daemon?.exitCode ?? this.daemon?.signalCode ?? null;
      if (gone !== null || performance.now() > end) {
        const dark = devices.filter((_, i) => !all[i]).map((d) => d.name);
        const why = gone === null ? `within ${withinMs / 1000} s` : `: the daemon ended with ${gone}`;
        throw new Error(`never lit together ${why}; dark: ${dark.join()}; ${this.daemonSaid.slice(-600)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  /** Milliseconds from now until each device is dark. */
  async dark(withinMs = 20_000): Promise<Record<string, number>> {
    const times = await Promise.all(
      this.options.devices.map(
        async ({ name }) => [name, Math.round(await this.until(name, false, withinMs))] as const,
      ),
    );
    return Object.fromEntries(times);
  }

  /**
   * Ends the daemon as it stands and lets its guard have the last word, while the devices are there to hear it: a guard
   * that finds its ports gone would try them again for a minute, when they may be somebody else's.
   */
  async endDaemon(): Promise<void> {
    const { daemon, guardPid } = this;
    if (daemon !== null && daemon.exitCode === null && daemon.signalCode === null) {
      daemon.kill("SIGCONT");
      daemon.kill("SIGKILL");
      await ended(daemon);
    }
    this.daemon = null;
    if (!Number.isNaN(guardPid)) await gone(guardPid);
    this.guardPid = Number.NaN;
  }

  async stop(): Promise<void> {
    await this.endDaemon();
    this.relay.close();
    for (const child of this.children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill("SIGCONT");
      // Simulated devices take their links away with them.
      child.kill("SIGTERM");
      const late = setTimeout(() => child.kill("SIGKILL"), 5000);
      await ended(child);
      clearTimeout(late);
    }
  }
}

/** Resolves when that process is no more. */
async function gone(pid: number, withinMs = 70_000): Promise<void> {
  for (const end = performance.now() + withinMs; performance.now() < end; ) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`process ${pid} is still there`);
}
