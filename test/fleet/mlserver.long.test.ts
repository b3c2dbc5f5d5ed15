import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { openBundle, Scorer } from "../../src/scoring/index.js";
import { ended, eventually } from "../cli/command-line.js";
import { filaments } from "../scoring/tiny-bundle.js";

/** MLServer (PyPI) with onnxruntime: somebody else's server of the Open Inference Protocol. */
const cached = join(import.meta.dirname, "../../node_modules/.cache/mlserver-python/bin/python");
const works = (python: string): boolean =>
  spawnSync(python, ["-c", "import mlserver, onnxruntime"], { timeout: 120_000 }).status === 0;

function makePython(): string | null {
  const given = process.env.STEDLOOP_MLSERVER_PYTHON;
  if (given !== undefined && works(given)) return given;
  if (works(cached)) return cached;
  const steps: readonly (readonly [string, readonly string[]])[] = [
    ["python3", ["-m", "venv", dirname(dirname(cached))]],
    [cached, ["-m", "pip", "install", "--quiet", "mlserver", "onnxruntime"]],
  ];
  const done = steps.every(([program, args]) => spawnSync(program, args, { timeout: 550_000 }).status === 0);
  return done && works(cached) ? cached : null;
}
const python = makePython();
if (python === null) console.log("skipped: no Python into which MLServer could be installed");

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function startMlserver(
  program: string,
  onnx: string,
): Promise<{ readonly url: string; readonly child: ChildProcess }> {
  const folder = mkdtempSync(join(tmpdir(), "stedloop-mlserver-"));
  copyFileSync(onnx, join(folder, "model.onnx"));
  copyFileSync(join(import.meta.dirname, "fixtures", "onnx_model.py"), join(folder, "onnx_model.py"));
  const [http, grpc, metrics] = [await freePort(), await freePort(), await freePort()];
  const model = {
    name: "actin",
    implementation: "onnx_model.OnnxModel",
    parameters: { uri: "./model.onnx" },
  };
  writeFileSync(join(folder, "model-settings.json"), JSON.stringify(model));
  const ports = { http_port: http, grpc_port: grpc, metrics_port: metrics };
  const settings = { host: "127.0.0.1", ...ports, parallel_workers: 0, debug: false };
  writeFileSync(join(folder, "settings.json"), JSON.stringify(settings));
  const child = spawn(join(dirname(program), "mlserver"), ["start", folder], {
    cwd: folder,
    stdio: "ignore",
  });
  const url = `http://127.0.0.1:${http}`;
  const ready = async (): Promise<true | null> =>
    (await fetch(`${url}/v2/models/actin/ready`).catch(() => null))?.ok === true ? true : null;
  await eventually(ready, 300, 120_000);
  return { url, child };
}

it.skipIf(python === null)(
  "scores through MLServer as locally, and goes on locally when it is killed",
  async () => {
    const bundle = await openBundle("actin");
    const { url, child } = await startMlserver(python as string, join(bundle.folder, "model.onnx"));
    const said: string[] = [];
    const remote = { url, model: "actin", timeoutS: 20, retries: 0 };
    const far = await Scorer.open(bundle, { engine: "remote", remote, onNotice: (text) => said.push(text) });
    const near = await Scorer.open(bundle, { engine: "onnx-cpu", threads: 1 });
    const frame = { pixels: filaments(300, 250), shape: [300, 250] as const, pixelSizeNm: 20 };
    const expected = await near.score(frame);
    const first = await far.score(frame);
    expect(first.score).toBeCloseTo(expected.score as number, 5);
    expect(first.inDomain).toBe(expected.inDomain);
    expect(said).toEqual([]);
    child.kill("SIGKILL");
    await ended(child);
    expect((await far.score(frame)).score).toBeCloseTo(expected.score as number, 5);
    expect(said.at(-1)).toMatch(/onnx-cpu took over/);
    await far.close();
    await near.close();
  },
);
