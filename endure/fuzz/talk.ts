/** Surfaces that talk: the rig's server and its client, the serial devices' answers, ask and tell by stdio. */
import { randomUUID } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { pathToFileURL } from "node:url";
import { Dealer } from "zeromq";
import { createSimulatedBackend } from "../../drivers/simulated/index.js";
import { serveRig } from "../../drivers/zeromq/index.js";
import { readReply } from "../../drivers/zeromq/wire.js";
import { packageRoot } from "../../src/cli/package-info.js";
import { type RandomStream, StedError, silentLogger, systemClock } from "../../src/core/index.js";
import { parseSpace, serveStdio } from "../../src/optimiser/index.js";
import { anyJson, mutated, noise, pick, twisted } from "./mutate.js";
import { bytesOf, Complaint, type Surface } from "./surface.js";

const methods = [
  "hello",
  "heartbeat",
  "status",
  "region",
  "acquire",
  "frame",
  "abort",
  "release",
  "safe",
  "resume",
  "focus",
];
const code = /^[A-Z][A-Z_]+$/;

function request(random: RandomStream): unknown {
  const settings = { depletionPowerMw: 50, excitationPowerUw: 5, dwellTimeUs: 2, lineRepeats: 1 };
  const steps = [{ kind: "sted", settings }];
  const params = pick<object>(
    [{}, { steps, widthPx: 16, heightPx: 16 }, { move: "next" }, { frameSeq: 1 }],
    random,
  );
  return {
    id: random.uniform() < 0.2 ? "same" : randomUUID(),
    method: pick(methods, random),
    params,
    expiresAt: systemClock.now() + 60_000,
    session: "s",
  };
}

/** A real rig server over a real socket; after every wild message a sound one must be answered. */
export async function rigServer(): Promise<Surface> {
  const backend = createSimulatedBackend({
    structure: "actin",
    seed: 1,
    firstRegion: 0,
    timeScale: 0,
    clock: systemClock,
    faults: [],
  });
  const server = await serveRig(backend, { bind: "tcp://127.0.0.1:*", events: null, logger: silentLogger });
  const socket = new Dealer({ linger: 0, receiveTimeout: 15_000 });
  socket.connect(server.commands);
  return {
    feed: async (random) => {
      const wild = twisted(request(random), random);
      const header =
        random.uniform() < 0.2
          ? mutated(bytesOf(JSON.stringify(wild)), random)
          : bytesOf(JSON.stringify(wild));
      const word = random.uniform() < 0.05 ? noise(random.int(12), random) : bytesOf("stedrig/1");
      const more = random.uniform() < 0.1 ? [noise(random.int(40), random)] : [];
      await socket.send([word, header, ...more]);
      const id = `probe-${randomUUID()}`;
      const sound = { id, method: "status", params: {}, expiresAt: systemClock.now() + 60_000, session: "p" };
      await socket.send(["stedrig/1", JSON.stringify(sound)]);
      for (;;) {
        const [, answer] = await socket.receive().catch(() => {
          throw new Complaint("a sound request was not answered in 15 s", header);
        });
        const reply = JSON.parse(String(answer)) as {
          id: unknown;
          ok: boolean;
          error?: { code: string; message: string };
        };
        if (!reply.ok && !(code.test(reply.error?.code ?? "") && reply.error?.code !== "INTERNAL")) {
          throw new Complaint(`answered ${JSON.stringify(reply.error)}`, header);
        }
        if (reply.id === id) return header;
      }
    },
    close: async () => {
      socket.close();
      await server.close();
    },
  };
}

/** What a foreign server may answer to the daemon's client. */
export async function rigReplies(): Promise<Surface> {
  const frame = {
    ...{ part: 0, frameId: "f", dtype: "uint16", shape: [4, 4], pixelSizeNm: 20, kind: "sted", settings: {} },
    ...{ actual: {}, region: "r0", frameSeq: 1, acquiredAt: "2026-01-01T00:00:00Z", saturated: 0 },
  };
  const sound = { id: "1", ok: true, result: { frames: [frame], durationMs: 3 } };
  return {
    feed: (random) => {
      const text = bytesOf(JSON.stringify(twisted(sound, random)));
      const header = random.uniform() < 0.3 ? mutated(text, random) : text;
      try {
        readReply([bytesOf("stedrig/1"), header, noise(random.int(64), random)]);
      } catch (thrown) {
        if (!(thrown instanceof StedError)) throw new Complaint(`no typed error: ${String(thrown)}`, header);
      }
      return header;
    },
  };
}

interface Command {
  readonly send: string;
  readonly read: (reply: string) => unknown;
}

/** Every command of every serial device: its answer cut out of noise, and read. */
export async function serial(): Promise<Surface> {
  const folder = join(packageRoot, "dist", "drivers", "serial");
  // Their own classes of errors: a test loads the sources beside the built program.
  const core = pathToFileURL(join(packageRoot, "dist", "src", "core", "index.js")).href;
  const its = ((await import(core)) as { readonly StedError: typeof StedError }).StedError;
  const commands: { readonly command: Command; readonly cut: (buffer: string, sent: string) => unknown }[] =
    [];
  for (const kind of readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
    const module = await import(pathToFileURL(join(folder, kind.name, "protocol.js")).href).catch(() => null);
    if (module === null) continue;
    const {
      dialect,
      ask,
      tell,
      commands: made,
    } = module as Record<string, never> & {
      readonly dialect?: { readonly cut: (buffer: string, sent: string) => unknown };
      readonly ask?: object;
      readonly tell?: object;
      readonly commands?: (prefix: string) => object;
    };
    if (dialect === undefined) continue;
    const groups = made === undefined ? [ask, tell] : [made("1")];
    const all = groups.flatMap((g) =>
      Object.values(g ?? {}).flatMap((v) => (typeof v === "object" ? [v, ...Object.values(v ?? {})] : [v])),
    );
    for (const found of all) {
      if (typeof found === "object" && found !== null && "read" in found) {
        commands.push({ command: found as Command, cut: dialect.cut });
      }
    }
  }
  if (commands.length < 50) throw new Error(`only ${commands.length} commands found`);
  const answers = [
    "OK",
    "1",
    "0.5 mW",
    "D >",
    "F >",
    "ERR-350",
    "Syntax error",
    "42 43 44",
    "[OK]",
    "on",
    "\u0000",
    "12,13,14",
  ];
  return {
    feed: (random) => {
      const { command, cut } = pick(commands, random);
      const text = Array.from({ length: random.int(4) }, () =>
        random.uniform() < 0.6
          ? pick(answers, random)
          : Buffer.from(noise(random.int(40), random)).toString("latin1"),
      ).join(pick(["\r", "\n", "\r\n", ""], random));
      const input = bytesOf(`${command.send} <- ${text}`);
      cut(`${text}\r\n`, command.send);
      try {
        command.read(text);
      } catch (thrown) {
        const named = thrown instanceof its || (thrown as Error).constructor.name === "Misfit";
        if (!named) throw new Complaint(`no typed error: ${String(thrown)}`, input);
      }
      return input;
    },
  };
}

const space = {
  parameters: [
    { name: "x", min: 0, max: 1 },
    { name: "y", min: 1, max: 100, scale: "log" },
  ],
  objectives: [
    { name: "f", direction: "minimise" },
    { name: "g", direction: "maximise" },
  ],
  strategy: "sobol",
  seed: 1,
};

/** Ask and tell: one answer a line, whatever the line. */
export async function stdio(): Promise<Surface> {
  const input = new PassThrough();
  const output = new PassThrough();
  let rest = "";
  const lines: ((line: string) => void)[] = [];
  output.on("data", (data) => {
    const parts = (rest + String(data)).split("\n");
    rest = parts.pop() as string;
    for (const part of parts) lines.shift()?.(part);
  });
  const serving = serveStdio({ input, output, space: parseSpace(space, "space") });
  const sound = [
    { op: "ask" },
    { op: "tell", settings: { x: 0.5, y: 3 }, objectives: { f: 1, g: 2 } },
    { op: "predict", settings: [{ x: 0.1, y: 2 }] },
    { op: "pareto" },
    { op: "save" },
  ];
  return {
    feed: async (random) => {
      const value = random.uniform() < 0.7 ? twisted(pick(sound, random), random) : anyJson(random);
      const raw = bytesOf(JSON.stringify(value) ?? "null");
      const wild = Buffer.from(random.uniform() < 0.2 ? mutated(raw, random) : raw);
      const line = Buffer.from(wild.map((b) => (b === 10 || b === 13 ? 32 : b)));
      if (line.toString("utf8").trim() === "") return line;
      const answered = new Promise<string>((done) => lines.push(done));
      input.write(Buffer.concat([line, Buffer.from("\n")]));
      const answer = JSON.parse(await answered) as { error?: { code: string; message: string } };
      if (answer.error !== undefined && (!code.test(answer.error.code) || answer.error.code === "INTERNAL")) {
        throw new Complaint(`answered ${JSON.stringify(answer.error)}`, line);
      }
      return line;
    },
    close: async () => {
      input.end();
      await serving;
    },
  };
}
