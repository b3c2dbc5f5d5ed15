import { existsSync } from "node:fs";
import { access, constants, mkdtemp, rm, statfs } from "node:fs/promises";
import { createServer } from "node:net";
import { arch, cpus, platform, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { loadConfig, type ResolvedConfig } from "../config/index.js";
import { silentLogger, systemClock, toStedError } from "../core/index.js";
import { openJournal } from "../journal/index.js";
import { openBundle, probeEngines } from "../scoring/index.js";
import { fleetFinding } from "./examine-fleet.js";
import { portFindings } from "./examine-ports.js";
import type { Finding } from "./finding.js";
import { packageRoot, version } from "./package-info.js";
import { remoteTarget } from "./remote-target.js";

/** Looks at everything a run needs, one finding after another; never throws. */
export async function* examine(options: {
  readonly config?: string;
  readonly data: string;
}): AsyncGenerator<Finding> {
  const major = Number(process.versions.node.split(".")[0]);
  yield {
    name: "stedloop",
    state: major >= 20 ? "ok" : "fault",
    detail: `${version}, Node ${process.versions.node}, ${platform()} ${arch()}, ${cpus().length} cores`,
    ...(major >= 20 ? {} : { hint: "install Node 20 or newer" }),
  };
  yield await attempt("page", "npm run build", async () => {
    if (!existsSync(join(packageRoot, "dist", "web", "index.html"))) throw new Error("not built");
    return "built";
  });
  yield await attempt("ZeroMQ", "npm ci", async () => {
    const zmq = await import("zeromq");
    return `libzmq ${zmq.version}, curve ${zmq.capability.curve ? "yes" : "no"}`;
  });
  yield await attempt("journal", "npm ci; is the temporary folder writable?", writeJournal);
  yield await attempt("data folder", "choose another with --data, or change its permissions", () =>
    dataFolder(options.data),
  );
  yield* portFindings();
  let config: ResolvedConfig | null = null;
  yield await attempt("configuration", "edit the named line", async () => {
    config = loadConfig(options.config);
    return options.config ?? "built-in default (simulated rig)";
  });
  const inForce: ResolvedConfig = config ?? loadConfig();
  yield await portFinding(inForce.server.host, inForce.server.port);
  yield* engineFindings(inForce);
}

async function attempt(name: string, hint: string, look: () => Promise<string>): Promise<Finding> {
  try {
    return { name, state: "ok", detail: await look() };
  } catch (thrown) {
    return { name, state: "fault", detail: toStedError(thrown).line, hint };
  }
}

async function writeJournal(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "stedloop-doctor-"));
  try {
    const journal = await openJournal(folder, { clock: systemClock, logger: silentLogger });
    await journal.close();
    return "SQLite opens, writes and syncs";
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function dataFolder(data: string): Promise<string> {
  // Looking must not make the folder: what counts is the nearest one that is there.
  let there = resolve(data);
  while (!existsSync(there)) there = dirname(there);
  await access(there, constants.R_OK | constants.W_OK);
  const { bavail, bsize } = await statfs(there);
  const gigabytes = (bavail * bsize) / 1e9;
  if (gigabytes < 1) throw new Error(`${resolve(data)}: only ${gigabytes.toFixed(2)} GB free`);
  return `${resolve(data)}, ${gigabytes.toFixed(0)} GB free`;
}

/** A port in use may be a daemon that runs already: worth knowing, no fault. */
function portFinding(host: string, port: number): Promise<Finding> {
  return new Promise((done) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => {
      const hint = "another stedloop may be running; choose another with --port";
      done({ name: "port", state: "info", detail: `${host}:${port}: ${error.code ?? error.message}`, hint });
    });
    server.listen(port, host, () =>
      server.close(() => done({ name: "port", state: "ok", detail: `${host}:${port} is free` })),
    );
  });
}

async function* engineFindings({
  model,
  remote,
  fleet,
}: Pick<ResolvedConfig, "model" | "remote" | "fleet">): AsyncGenerator<Finding> {
  let bundle: Awaited<ReturnType<typeof openBundle>>;
  try {
    bundle = await openBundle(model);
  } catch (thrown) {
    yield {
      name: "model",
      state: "fault",
      detail: toStedError(thrown).line,
      hint: "name a bundle under models/, or its folder",
    };
    return;
  }
  const { name, version: modelVersion, notice } = bundle.card;
  yield {
    name: "model",
    state: "ok",
    detail: `${name} ${modelVersion}${notice === undefined ? "" : ` (${notice})`}`,
  };
  let works = 0;
  for (const probe of await probeEngines(bundle, 2, await remoteTarget(remote, name))) {
    if (probe.works) works++;
    yield {
      name: `engine ${probe.name}`,
      state: probe.works ? "ok" : "info",
      detail: probe.detail,
      ...(probe.hint === undefined ? {} : { hint: probe.hint }),
    };
  }
  const found = await fleetFinding(fleet, bundle);
  if (found !== null) yield found;
  if (works === 0)
    yield { name: "engines", state: "fault", detail: "none works: nothing can be scored", hint: "npm ci" };
}
