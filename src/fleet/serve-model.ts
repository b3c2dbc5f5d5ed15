import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { addressOf, listen, ProtocolError, patience, toStedError } from "../core/index.js";
import {
  type Bundle,
  binaryExtension,
  encodeBody,
  type Inference,
  inferRequestSchema,
  isNumeric,
  jsonLengthHeader,
  jsonOf,
  readTensors,
  type Tensor,
} from "../scoring/index.js";

/** 64 frames of 224 x 224 as JSON text are about 50 MB. */
const bodyLimitBytes = 64 * 1024 * 1024;
const mostFrames = 64;

export interface ServedModel {
  readonly bundle: Bundle;
  readonly inference: Inference;
}
export interface ModelServerOptions {
  readonly host: string;
  /** 0 = any free one */
  readonly port: number;
  readonly version: string;
  readonly models: readonly ServedModel[];
  /** May this bearer token ask? Left out: anybody who reaches the port may. */
  readonly authorise?: (token: string) => boolean;
}
export interface RunningModelServer {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Offers bundles by the Open Inference Protocol v2 (HTTP/REST, JSON and binary tensors), so that any client of it, and
 * our own remote engine, can use them: input `image` FP32 [n, 1, height, width] in the card's normalised units; outputs
 * `score` [n] and, where the network has them, `heatmap` and `features`. @throws UsageError as `listen` does
 */
export async function serveModels(options: ModelServerOptions): Promise<RunningModelServer> {
  const { host, port, models } = options;
  const app = fastify({ bodyLimit: bodyLimitBytes, forceCloseConnections: true, ...patience() });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  app.setErrorHandler((thrown, _request, reply) => fail(reply, thrown));
  app.setNotFoundHandler((request, reply) =>
    reply.code(404).send({ error: `there is no ${request.method} ${request.url.split("?")[0]}` }),
  );
  const { authorise } = options;
  if (authorise !== undefined) {
    app.addHook("onRequest", async (request, reply) => {
      const open = request.url.startsWith("/v2/health/");
      const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
      if (!open && !authorise(token)) await reply.code(401).send({ error: "a bearer token is needed" });
    });
  }
  const ready = await Promise.all(
    models.map(async (m): Promise<Ready> => ({ ...m, outputs: await outputsOf(m) })),
  );
  routes(app, options.version, new Map(ready.map((m) => [m.bundle.card.name, m])));
  try {
    return { url: addressOf(host, await listen(app, host, port)), close: () => app.close() };
  } catch (thrown) {
    await app.close();
    throw thrown;
  }
}

interface Ready extends ServedModel {
  readonly outputs: readonly object[];
}
interface Path {
  readonly model: string;
  readonly version?: string;
}

function routes(app: FastifyInstance, version: string, models: ReadonlyMap<string, Ready>): void {
  const find = (request: FastifyRequest): Ready => {
    const { model, version: asked } = request.params as Path;
    const found = models.get(model);
    if (found === undefined) throw new ProtocolError("MODEL_UNKNOWN", `there is no model '${model}' here`);
    const has = found.bundle.card.version;
    if (asked !== undefined && asked !== has)
      throw new ProtocolError("MODEL_UNKNOWN", `'${model}' has version ${has}, not ${asked}`);
    return found;
  };
  app.get("/v2/health/live", async () => ({ live: true }));
  app.get("/v2/health/ready", async () => ({ ready: true }));
  app.get("/v2", async () => ({ name: "stedloop", version, extensions: [binaryExtension] }));
  for (const base of ["/v2/models/:model", "/v2/models/:model/versions/:version"]) {
    app.get(base, async (request) => metadata(find(request)));
    app.get(`${base}/ready`, async (request) => ({ name: find(request).bundle.card.name, ready: true }));
    app.post(`${base}/infer`, async (request, reply) => infer(find(request), request, reply));
  }
}

/** What the network gives, found out by asking it: names, and shapes whose first side is the number of frames. */
async function outputsOf({ bundle, inference }: ServedModel): Promise<object[]> {
  const { height, width } = bundle.card.input;
  const out = await inference.infer({ data: new Float32Array(height * width), n: 1, height, width });
  return tensorsOf(out, 1).map(({ name, shape }) => ({
    name,
    datatype: "FP32",
    shape: [-1, ...shape.slice(1)],
  }));
}

function metadata({ bundle, inference, outputs }: Ready): object {
  const { name, version, input } = bundle.card;
  const image = { name: "image", datatype: "FP32", shape: [-1, 1, input.height, input.width] };
  const platform = `stedloop ${inference.info.version}`;
  return { name, versions: [version], platform, inputs: [image], outputs };
}

async function infer(served: ServedModel, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const bytes = request.body instanceof Uint8Array ? request.body : new Uint8Array();
  const header = request.headers[jsonLengthHeader];
  const jsonLength = header === undefined ? null : Number(header);
  const parsed = inferRequestSchema.safeParse(jsonOf(bytes, jsonLength));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new ProtocolError(
      "BAD_BODY",
      `${issue?.path.join(".") ?? "body"}: ${issue?.message ?? "not valid"}`,
    );
  }
  const { inputs, outputs, id, parameters } = parsed.data;
  const strange = inputs.find((input) => input.name !== "image" || !isNumeric(input.datatype));
  if (strange !== undefined)
    throw new ProtocolError(
      "BAD_TENSOR",
      `input '${strange.name}' ${strange.datatype}: one 'image' FP32 is taken`,
    );
  const { card } = served.bundle;
  const [image] = readTensors(inputs, bytes, jsonLength) as [Tensor];
  const [n = 0, channels, height = 0, width = 0] = image.shape;
  const fits = image.shape.length === 4 && channels === 1 && n >= 1 && n <= mostFrames;
  if (!fits || height !== card.input.height || width !== card.input.width) {
    const wanted = `[1…${mostFrames}, 1, ${card.input.height}, ${card.input.width}]`;
    throw new ProtocolError("BAD_TENSOR", `'image' has shape [${image.shape}], ${wanted} is taken`);
  }
  const out = await served.inference.infer({ data: image.data, n, height, width });
  const given = tensorsOf(out, n);
  const asked = outputs?.map((output) => output.name) ?? given.map((tensor) => tensor.name);
  const unknown = asked.find((name) => !given.some((tensor) => tensor.name === name));
  if (unknown !== undefined) throw new ProtocolError("BAD_TENSOR", `there is no output '${unknown}'`);
  const binary =
    parameters?.binary_data_output === true ||
    (outputs?.length ? outputs.every((output) => output.parameters?.binary_data === true) : false);
  const fields = {
    model_name: card.name,
    model_version: card.version,
    ...(id === undefined ? {} : { id }),
  };
  const body = encodeBody(
    fields,
    "outputs",
    given.filter((tensor) => asked.includes(tensor.name)),
    binary,
  );
  if (body.jsonLength !== null) reply.header(jsonLengthHeader, body.jsonLength);
  await reply.type(binary ? "application/octet-stream" : "application/json").send(Buffer.from(body.bytes));
}

function tensorsOf(out: Awaited<ReturnType<Inference["infer"]>>, n: number): Tensor[] {
  const { score, heatmap, features } = out;
  return [
    // A network whose score is made of its heatmap has none of its own.
    ...(Number.isNaN(score[0]) ? [] : [{ name: "score", shape: [n], data: score }]),
    ...(heatmap === null
      ? []
      : [{ name: "heatmap", shape: [n, 1, heatmap.height, heatmap.width], data: heatmap.data }]),
    ...(features === null ? [] : [{ name: "features", shape: [n, features.length / n], data: features }]),
  ];
}

/** The protocol's form of an error: a status and one line. */
async function fail(reply: FastifyReply, thrown: unknown): Promise<void> {
  const status = (thrown as { statusCode?: number }).statusCode;
  if (status !== undefined && status < 500) {
    await reply.code(status).send({ error: (thrown as Error).message });
    return;
  }
  const error = toStedError(thrown);
  const code = error.code === "MODEL_UNKNOWN" ? 404 : error instanceof ProtocolError ? 400 : 500;
  await reply.code(code).send({ error: error.line });
}
