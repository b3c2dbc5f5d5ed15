/**
 * The other processes of `bench service`: `json MODEL` is a plain scoring service, `publish FILE COUNT` a microscope that
 * publishes its frames by ZeroMQ as soon as somebody listens, `folder DIR SIZE` scores a folder by SIZE threads, once for each
 * line that it reads. Each prints one line of JSON when it is ready.
 */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { XPublisher } from "zeromq";
import { decodeImageFile, systemClock } from "../src/core/index.js";
import { imageFiles, openBundle, ScorerPool, scoreFiles } from "../src/scoring/index.js";

const [role, first = "", second = ""] = process.argv.slice(2);
const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

async function body(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}

/** JSON rows of counts in, {score} out, one inference each: no checks, no foreground, no interval. */
async function serveJson(model: string): Promise<void> {
  const { card, onnx } = await openBundle(model);
  const { height, width } = card.input;
  const { offset, scale, clip } = card.normalisation;
  const session = await InferenceSession.create(onnx, { intraOpNumThreads: 1, logSeverityLevel: 4 });
  const server = createServer(async (request, response) => {
    const { image } = JSON.parse(await body(request)) as { image: number[][] };
    const data = Float32Array.from(image.flat(), (v) => Math.min(clip, Math.max(0, (v - offset) / scale)));
    const out = await session.run({ image: new Tensor("float32", data, [1, 1, height, width]) });
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ score: Number(out.score?.data[0]) }));
  });
  server.listen(0, "127.0.0.1", () => say({ port: (server.address() as AddressInfo).port }));
}

async function publish(file: string, count: number): Promise<void> {
  const [plane] = (await decodeImageFile(file)).planes;
  if (plane === undefined) throw new Error("no frame");
  const pixels = Uint16Array.from(plane.pixels);
  const header = JSON.stringify({ dtype: "uint16", shape: plane.shape, pixelSizeNm: 20 });
  const bytes = Buffer.from(pixels.buffer, pixels.byteOffset, pixels.byteLength);
  const socket = new XPublisher({ sendHighWaterMark: 0, linger: 5000 });
  await socket.bind("tcp://127.0.0.1:*");
  say({ address: socket.lastEndpoint });
  await socket.receive();
  for (let i = 0; i < count; i++) await socket.send(["sted", header, bytes]);
}

/** Frames a second, from the first file read to the last score, engines open and warm. */
async function scoreFolder(folder: string, size: number): Promise<void> {
  const files = await imageFiles([folder]);
  const pool = await ScorerPool.open(await openBundle("actin"), size, { engine: "onnx-cpu", threads: 1 });
  say({ ready: true });
  for await (const _ of createInterface({ input: process.stdin })) {
    const from = systemClock.monotonic();
    for await (const line of scoreFiles(files, pool, { ahead: 2 * size })) {
      if ("error" in line) throw new Error(line.error.message);
    }
    say({ perSecond: (1000 * files.length) / (systemClock.monotonic() - from) });
  }
}

if (role === "json") await serveJson(first);
else if (role === "publish") await publish(first, Number(second));
else if (role === "folder") await scoreFolder(first, Number(second));
