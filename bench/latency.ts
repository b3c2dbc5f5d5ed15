import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { XPublisher } from "zeromq";
import { decodeImageFile, systemClock } from "../src/core/index.js";
import type { Row } from "./row-shared.js";

const root = join(import.meta.dirname, import.meta.dirname.includes("/dist/") ? "../.." : "..");
const settle = 20;

/**
 * `npm run bench latency [-- frames=200] [perSecond=10]`: from a microscope that publishes a frame to the event with its score at a
 * page, through the whole daemon (ZeroMQ, copy, score path, journal, event stream), in milliseconds; beside it what of that
 * the score path took. Median and 99th percentile; frames come at an even rate.
 */
export async function run(args: readonly string[]): Promise<readonly Row[]> {
  const options = new Map(args.map((a) => a.replace(/^-+/, "").split("=") as [string, string]));
  const frames = Number(options.get("frames") ?? 200);
  const everyMs = 1000 / Number(options.get("perSecond") ?? 10);
  const folder = mkdtempSync(join(tmpdir(), "stedloop-bench-"));
  const socket = new XPublisher({ sendHighWaterMark: 0, linger: 0 });
  await socket.bind("tcp://127.0.0.1:*");
  const config = join(folder, "frames.yaml");
  writeFileSync(config, `rig: {kind: zmq-frames, address: "${socket.lastEndpoint}"}\nserver: {port: 0}\n`);
  const daemon = spawn(
    process.execPath,
    [join(root, "dist", "src", "cli", "main.js"), "run", "--config", config, "--data", join(folder, "data")],
    { stdio: ["ignore", "pipe", "ignore"] },
  );
  try {
    const address = await new Promise<string>((resolve, reject) => {
      let text = "";
      daemon.stdout.on("data", (part) => {
        text += part;
        const found = /http:\/\/[\w.:[\]]+/.exec(text);
        if (found !== null) resolve(found[0]);
      });
      daemon.on("exit", (code) => reject(new Error(`the daemon ended with ${code}`)));
    });
    await socket.receive();
    return await measure(address, socket, frames + settle, everyMs);
  } finally {
    daemon.kill("SIGTERM");
    await new Promise((resolve) => daemon.on("exit", resolve));
    socket.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(address: string, socket: XPublisher, count: number, everyMs: number): Promise<Row[]> {
  const [plane] = (await decodeImageFile(join(root, "demo", "real", "actin_dendrite_1.tif"))).planes;
  if (plane === undefined) throw new Error("no frame");
  const header = JSON.stringify({ dtype: "uint16", shape: plane.shape, pixelSizeNm: 20 });
  const sent: number[] = [];
  const took: number[] = [];
  const scoring: number[] = [];
  const abort = new AbortController();
  const { body } = await fetch(`${address}/api/v1/events`, { signal: abort.signal });
  if (body === null) throw new Error("no events");
  const listening = (async () => {
    let text = "";
    for await (const part of body.pipeThrough(new TextDecoderStream())) {
      text += part;
      const messages = text.split("\n\n");
      text = messages.pop() ?? "";
      for (const message of messages) {
        const data = /^data: (.*)$/m.exec(message)?.[1];
        const event = data === undefined ? null : (JSON.parse(data) as FrameEvent);
        if (event?.type !== "frame" || event.frame?.score == null) continue;
        const index = Number(event.frame.id.split(".").at(-1)) - 1;
        if (index >= settle) {
          took.push(systemClock.monotonic() - (sent[index] as number));
          scoring.push(event.frame.score.ms);
        }
        if (index === count - 1) return;
      }
    }
  })();
  for (let i = 0; i < count; i++) {
    // No two alike: equal pixels are kept once.
    const pixels = Uint16Array.from(plane.pixels);
    pixels[i] = 1 + (i % 40);
    pixels[i + 1] = 2 + Math.floor(i / 40);
    sent[i] = systemClock.monotonic();
    await socket.send(["sted", header, Buffer.from(pixels.buffer)]);
    await new Promise<void>((resolve) => systemClock.after(everyMs, resolve));
  }
  await Promise.race([listening, new Promise<void>((resolve) => systemClock.after(10_000, resolve))]);
  abort.abort();
  await listening.catch(() => undefined);
  return [0.5, 0.99].map((p) => {
    const [ours, theirs] = [quantile(took, p), quantile(scoring, p)];
    const name = `frame in to page, p${100 * p} of ${took.length} / its score path`;
    return { name, ours, theirs, ratio: ours / theirs, unit: "ms" };
  });
}

interface FrameEvent {
  readonly type: string;
  readonly frame?: { readonly id: string; readonly score?: { readonly ms: number } | null };
}

function quantile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))] ?? Number.NaN;
}
