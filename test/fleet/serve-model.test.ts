import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Image } from "../../src/core/index.js";
import { type RunningModelServer, serveModels } from "../../src/fleet/index.js";
import { openBundle, openInference, type RemoteTarget, Scorer } from "../../src/scoring/index.js";
import { filaments, tiny, tinyScore, writeTinyBundle } from "../scoring/tiny-bundle.js";

const frame: Image = { pixels: filaments(224, 224), shape: [224, 224], pixelSizeNm: 20 };
const side = tiny.size;
const target = (url: string, change: Partial<RemoteTarget> = {}): RemoteTarget => ({
  url,
  model: "tiny",
  timeoutS: 5,
  retries: 0,
  ...change,
});

async function serveTiny(change: Parameters<typeof writeTinyBundle>[0] = {}): Promise<RunningModelServer> {
  const bundle = await openBundle(writeTinyBundle(change));
  const inference = await openInference(bundle, "onnx-cpu", 1);
  const models = [{ bundle, inference }];
  const server = await serveModels({ host: "127.0.0.1", port: 0, version: "1", models });
  return {
    url: server.url,
    close: async () => {
      await server.close();
      await inference.close();
    },
  };
}

describe("a model server (Open Inference Protocol v2)", () => {
  let server: RunningModelServer;
  const post = (body: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${server.url}/v2/models/tiny/infer`, { method: "POST", body, headers });
  const tile = Float32Array.from({ length: side * side }, (_, i) => ((i * 7919) % 1000) / 1000);
  const input = { name: "image", shape: [1, 1, side, side], datatype: "FP32" };
  beforeAll(async () => {
    server = await serveTiny();
  });
  afterAll(() => server.close());

  it("says who it is, what it serves, and that it is ready", async () => {
    const get = async (path: string): Promise<unknown> => (await fetch(server.url + path)).json();
    expect(await get("/v2")).toMatchObject({ name: "stedloop", extensions: ["binary_tensor_data"] });
    expect(await get("/v2/health/live")).toEqual({ live: true });
    expect(await get("/v2/models/tiny/ready")).toMatchObject({ ready: true });
    expect(await get("/v2/models/tiny/versions/1")).toMatchObject({
      name: "tiny",
      versions: ["1"],
      inputs: [{ name: "image", datatype: "FP32", shape: [-1, 1, side, side] }],
      outputs: [
        { name: "score", shape: [-1] },
        { name: "heatmap", shape: [-1, 1, side / tiny.block, side / tiny.block] },
        { name: "features", shape: [-1, 1] },
      ],
    });
  });

  it("answers JSON with the network's own score, nested data and a subset of outputs included", async () => {
    const nested = [
      [Array.from({ length: side }, (_, y) => Array.from(tile.subarray(y * side, (y + 1) * side)))],
    ];
    const answer = await post(
      JSON.stringify({ id: "a", inputs: [{ ...input, data: nested }], outputs: [{ name: "score" }] }),
    );
    const body = (await answer.json()) as { id: string; outputs: { name: string; data: number[] }[] };
    expect(body).toMatchObject({ id: "a", model_name: "tiny", outputs: [{ name: "score", shape: [1] }] });
    expect(body.outputs[0]?.data[0]).toBeCloseTo(tinyScore(tile), 5);
  });

  const refusals: readonly [string, object, RegExp][] = [
    ["another name", { inputs: [{ ...input, name: "x", data: [1] }] }, /'x'/],
    ["another shape", { inputs: [{ ...input, shape: [1, 1, 2, 2], data: [1, 2, 3, 4] }] }, /\[1,1,2,2\]/],
    ["too few numbers", { inputs: [{ ...input, data: [1, 2] }] }, /2 numbers/],
    ["text for a number", { inputs: [{ ...input, data: ["1"] }] }, /no number/],
    ["no data", { inputs: [input] }, /no data/],
    ["no inputs", {}, /inputs/],
    ["an unknown output", { inputs: [{ ...input, data: [...tile] }], outputs: [{ name: "y" }] }, /'y'/],
  ];
  it.each(refusals)("refuses %s with a status and one line", async (_, body, line) => {
    const answer = await post(JSON.stringify(body));
    expect(answer.status).toBe(400);
    expect(((await answer.json()) as { error: string }).error).toMatch(line);
  });

  it("refuses what is no JSON, a binary part that does not fit, another model and version", async () => {
    expect((await post("{")).status).toBe(400);
    const described = { ...input, parameters: { binary_data_size: 4 } };
    const head = JSON.stringify({ inputs: [described] });
    const cut = await post(`${head}abcd`, { "inference-header-content-length": String(head.length) });
    expect([cut.status, await cut.json()]).toEqual([400, { error: expect.stringContaining("4 bytes") }]);
    const beyond = await post(head, { "inference-header-content-length": "99999" });
    expect(beyond.status).toBe(400);
    for (const path of ["/v2/models/other", "/v2/models/tiny/versions/2", "/v2/nothing"]) {
      expect((await fetch(server.url + path)).status).toBe(404);
    }
  });
});

/** A server that answers as told: for what a healthy one never does. */
async function strangeServer(
  answer: (path: string) => [number, string] | null,
): Promise<Server & { url: string }> {
  const server = createServer((request, response) => {
    request.resume();
    const given = answer(request.url ?? "");
    if (given === null) return;
    response.writeHead(given[0], { "content-type": "application/json" }).end(given[1]);
  });
  return listening(server);
}

/** Hands requests on, but every second inference is refused for the moment. */
async function busyEverySecondTime(url: string): Promise<Server & { url: string }> {
  let count = 0;
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", async () => {
      const { method = "GET", headers } = request;
      if (method === "POST" && count++ % 2 === 0) {
        response.writeHead(503).end('{"error": "busy"}');
        return;
      }
      const kept = ["content-type", "inference-header-content-length"].flatMap((name) => {
        const value = headers[name];
        return typeof value === "string" ? [[name, value] as const] : [];
      });
      const body = method === "POST" ? { body: Buffer.concat(parts) } : {};
      const answer = await fetch(url + request.url, { method, headers: Object.fromEntries(kept), ...body });
      response.writeHead(answer.status, Object.fromEntries(answer.headers));
      response.end(Buffer.from(await answer.arrayBuffer()));
    });
  });
  return listening(server);
}

async function listening(server: Server): Promise<Server & { url: string }> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return Object.assign(server, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

describe("the remote engine", () => {
  it("scores as the local one does, heatmap included", async () => {
    const server = await serveTiny();
    const bundle = await openBundle(writeTinyBundle());
    const near = await Scorer.open(bundle, { engine: "onnx-cpu", threads: 1 });
    const far = await Scorer.open(bundle, { engine: "remote", remote: target(server.url) });
    const [here, there] = [
      await near.detail(frame, { heatmap: true }),
      await far.detail(frame, { heatmap: true }),
    ];
    expect(far.info).toMatchObject({ name: "remote", version: expect.stringContaining(server.url) });
    expect(there.record.score).toBeCloseTo(here.record.score as number, 6);
    expect(there.record.inDomain).toBe(here.record.inDomain);
    expect(there.heatmap?.shape).toEqual(here.heatmap?.shape);
    await Promise.all([near.close(), far.close(), server.close()]);
  });

  it("goes on with the local engine, and says so, when the server ends", async () => {
    const server = await serveTiny();
    const said: string[] = [];
    const scorer = await Scorer.open(await openBundle(writeTinyBundle()), {
      engine: "remote",
      remote: target(server.url),
      onNotice: (line) => said.push(line),
    });
    const before = await scorer.score(frame);
    await server.close();
    const after = await scorer.score(frame);
    expect(after.score).toBeCloseTo(before.score as number, 6);
    expect(said.at(-1)).toMatch(/remote failed \(.*ECONNREFUSED.*onnx-cpu took over/);
    await scorer.close();
  });

  it("asks again when the server is busy for a moment", async () => {
    const server = await serveTiny();
    const busy = await busyEverySecondTime(server.url);
    const said: string[] = [];
    const scorer = await Scorer.open(await openBundle(writeTinyBundle()), {
      engine: "remote",
      remote: target(busy.url, { retries: 1 }),
      onNotice: (line) => said.push(line),
    });
    expect((await scorer.score(frame)).score).toBeGreaterThan(0);
    expect([scorer.info.name, said]).toEqual(["remote", []]);
    await scorer.close();
    busy.closeAllConnections();
    busy.close();
    await server.close();
  });

  it("refuses a server that has another network under this name", async () => {
    // The same name, another network: its score differs by more than engines may.
    const other = await strangeServer((path) =>
      path.endsWith("/infer")
        ? [200, JSON.stringify({ outputs: [{ name: "score", shape: [1], datatype: "FP32", data: [0.987] }] })]
        : [200, "{}"],
    );
    const open = Scorer.open(await openBundle(writeTinyBundle()), {
      engine: "remote",
      remote: target(other.url),
    });
    await expect(open).rejects.toMatchObject({
      code: "OTHER_NETWORK",
      message: expect.stringMatching(/gives 0\.98/),
    });
    other.closeAllConnections();
    other.close();
  });

  const wrongs: readonly [string, (path: string) => [number, string] | null, RegExp][] = [
    ["is silent", () => null, /no answer within 0.3 s/],
    [
      "does not have the model",
      () => [404, '{"error": "no such model"}'],
      /not ready: status 404, no such model/,
    ],
    [
      "takes another input",
      (path) =>
        path.endsWith("/tiny")
          ? [200, '{"name":"tiny","inputs":[{"name":"x","datatype":"FP32","shape":[1]}]}']
          : [200, "{}"],
      /takes x, no 'image'/,
    ],
    [
      "answers something else",
      (path) => (path.endsWith("/infer") ? [200, "[1]"] : [200, "{}"]),
      /not one of the protocol/,
    ],
    [
      "gives a score too many",
      (path) =>
        path.endsWith("/infer")
          ? [200, '{"outputs":[{"name":"score","shape":[2],"datatype":"FP32","data":[0.1,0.2]}]}']
          : [200, "{}"],
      /2 scores for 1/,
    ],
  ];
  it.each(wrongs)("says why a server is of no use that %s", async (_, answer, line) => {
    const server = await strangeServer(answer);
    const bundle = await openBundle(writeTinyBundle());
    const open = Scorer.open(bundle, {
      engine: "remote",
      remote: target(server.url, { timeoutS: answer("") === null ? 0.3 : 30 }),
    });
    await expect(open).rejects.toThrow(line);
    server.closeAllConnections();
    server.close();
  });

  it("needs an address", async () => {
    await expect(
      Scorer.open(await openBundle(writeTinyBundle()), { engine: "remote" }),
    ).rejects.toMatchObject({
      code: "ENGINE_UNAVAILABLE",
      hint: expect.stringContaining("remote"),
    });
  });
});
