import { ProtocolError, ScoreError, systemClock } from "../../core/index.js";
import type { Batch, Engine, EngineFactory, EngineOutput, RemoteTarget } from "../engine.js";
import {
  binaryExtension,
  encodeBody,
  inferResponseSchema,
  jsonLengthHeader,
  jsonOf,
  modelMetadataSchema,
  readTensors,
  serverMetadataSchema,
  type Tensor,
} from "../open-inference.js";

/** Frames of one request: a server on a graphics card gains from them, a slow line does not choke on them. */
const remoteBatch = 8;
/** Before a request that failed in passing is sent again. */
const pauseMs = 200;

/**
 * A model server that speaks the Open Inference Protocol v2: Triton, KServe, MLServer, OpenVINO, `stedloop serve-model`.
 * Frames leave this machine. The scorer falls back to the local engine when this one fails.
 */
export const remoteEngine: EngineFactory = async (source) => {
  const { remote } = source;
  if (remote === null) {
    throw new ScoreError("ENGINE_UNAVAILABLE", "remote: no model server is configured", {
      hint: "name it in `remote: {url}` of the configuration, or --remote",
    });
  }
  const server = new ModelServer(remote);
  await server.expectReady();
  const binary = await server.takesBinary();
  const { platform, outputs } = await server.metadata();
  return new RemoteEngine(server, `${platform ?? "model server"} at ${remote.url}`, binary, outputs);
};

class RemoteEngine implements Engine {
  readonly name = "remote";
  readonly threads = 1;
  readonly maxBatch = remoteBatch;

  constructor(
    private readonly server: ModelServer,
    readonly version: string,
    private readonly binary: boolean,
    /** Names to ask for; null = whatever it gives. */
    private readonly outputs: readonly string[] | null,
  ) {}

  async score({ data, n, height, width }: Batch): Promise<EngineOutput> {
    const wanted = this.outputs?.map((name) => ({
      name,
      ...(this.binary ? { parameters: { binary_data: true } } : {}),
    }));
    const fields = wanted === undefined ? {} : { outputs: wanted };
    const image: Tensor = { name: "image", shape: [n, 1, height, width], data };
    const given = await this.server.infer(fields, image, this.binary);
    const named = (name: string): Tensor | undefined => given.find((tensor) => tensor.name === name);
    const [score, heatmap, features] = [named("score"), named("heatmap"), named("features")];
    if (score === undefined && heatmap === undefined) {
      throw new ScoreError(
        "BAD_NETWORK",
        `remote: it gives ${given.map((t) => t.name).join(", ")}, no 'score'`,
      );
    }
    if (score !== undefined && score.data.length !== n) {
      throw new ScoreError("BAD_NETWORK", `remote: ${score.data.length} scores for ${n} frames`);
    }
    const [rows = 1, columns = 1] = heatmap?.shape.slice(-2) ?? [];
    return {
      score: score?.data ?? new Float32Array(n).fill(Number.NaN),
      features: features?.data ?? null,
      heatmap: heatmap === undefined ? null : { data: heatmap.data, height: rows, width: columns },
    };
  }

  async close(): Promise<void> {
    // Every request stands for itself.
  }
}

/** The requests of the protocol to one model of one server, each within its deadline, passing faults tried again. */
class ModelServer {
  private readonly model: string;

  constructor(private readonly target: RemoteTarget) {
    const version = target.version === undefined ? "" : `/versions/${encodeURIComponent(target.version)}`;
    this.model = `/v2/models/${encodeURIComponent(target.model)}${version}`;
  }

  async expectReady(): Promise<void> {
    try {
      await this.request("GET", `${this.model}/ready`);
    } catch (cause) {
      const why = (cause as Error).message.replace(/^remote: /, "");
      throw new ScoreError("ENGINE_UNAVAILABLE", `remote: '${this.target.model}' is not ready: ${why}`, {
        hint: `is a model server running at ${this.target.url}, with this model?`,
        cause,
      });
    }
  }

  /** Servers that do not describe themselves take JSON. */
  async takesBinary(): Promise<boolean> {
    const said = serverMetadataSchema.safeParse(await this.ask("/v2").catch(() => null));
    return said.success && (said.data.extensions ?? []).includes(binaryExtension);
  }

  /** @throws ScoreError BAD_NETWORK for a model that takes no `image` */
  async metadata(): Promise<{
    readonly platform: string | null;
    readonly outputs: readonly string[] | null;
  }> {
    const said = modelMetadataSchema.safeParse(await this.ask(this.model).catch(() => null));
    if (!said.success) return { platform: null, outputs: null };
    const { inputs, outputs, platform } = said.data;
    if (inputs != null && inputs.length > 0 && !inputs.some((input) => input.name === "image")) {
      const names = inputs.map((input) => input.name).join(", ");
      throw new ScoreError("BAD_NETWORK", `remote: '${this.target.model}' takes ${names}, no 'image'`, {
        hint: "serve the bundle's model.onnx",
      });
    }
    const known = ["score", "heatmap", "features"];
    const names = (outputs ?? []).map((output) => output.name).filter((name) => known.includes(name));
    return { platform: platform || null, outputs: names.length === 0 ? null : names };
  }

  async infer(fields: object, image: Tensor, binary: boolean): Promise<Tensor[]> {
    const body = encodeBody(fields, "inputs", [image], binary);
    const answer = await this.request("POST", `${this.model}/infer`, {
      body: body.bytes,
      type: binary ? "application/octet-stream" : "application/json",
      ...(body.jsonLength === null ? {} : { jsonLength: body.jsonLength }),
    });
    const parsed = inferResponseSchema.safeParse(jsonOf(answer.bytes, answer.jsonLength));
    if (!parsed.success)
      throw new ProtocolError("BAD_REPLY", "remote: the answer is not one of the protocol");
    return readTensors(parsed.data.outputs, answer.bytes, answer.jsonLength);
  }

  private async ask(path: string): Promise<unknown> {
    const { bytes } = await this.request("GET", path);
    return jsonOf(bytes, null);
  }

  private async request(
    method: "GET" | "POST",
    path: string,
    given?: { readonly body: Uint8Array; readonly type: string; readonly jsonLength?: number },
  ): Promise<{ readonly bytes: Uint8Array; readonly jsonLength: number | null }> {
    for (let left = this.target.retries; ; left--) {
      try {
        return await this.once(method, path, given);
      } catch (thrown) {
        const passing = !(thrown instanceof ProtocolError) || thrown.retryable;
        if (left <= 0 || !passing) throw thrown;
        await systemClock.sleep(pauseMs);
      }
    }
  }

  private async once(
    method: "GET" | "POST",
    path: string,
    given?: { readonly body: Uint8Array; readonly type: string; readonly jsonLength?: number },
  ): Promise<{ readonly bytes: Uint8Array; readonly jsonLength: number | null }> {
    const { url, timeoutS, token } = this.target;
    const limit = new AbortController();
    const timer = systemClock.after(timeoutS * 1000, () => limit.abort(), { background: true });
    try {
      const answer = await fetch(url.replace(/\/+$/, "") + path, {
        method,
        signal: limit.signal,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(given === undefined ? {} : { "content-type": given.type }),
          ...(given?.jsonLength === undefined ? {} : { [jsonLengthHeader]: String(given.jsonLength) }),
        },
        ...(given === undefined ? {} : { body: given.body as Uint8Array<ArrayBuffer> }),
      });
      const bytes = new Uint8Array(await answer.arrayBuffer());
      if (!answer.ok) throw refused(answer.status, bytes);
      const length = answer.headers.get(jsonLengthHeader);
      return { bytes, jsonLength: length === null ? null : Number(length) };
    } catch (thrown) {
      if (thrown instanceof ProtocolError) throw thrown;
      const text = limit.signal.aborted ? `no answer within ${timeoutS} s` : reasonOf(thrown as Error);
      throw new ScoreError("ENGINE_FAILED", `remote: ${text}`, { where: url, cause: thrown });
    } finally {
      timer.cancel();
    }
  }
}

/** Busy and broken servers may serve the same request later; a refusal of the request itself stays one. */
function refused(status: number, bytes: Uint8Array): ProtocolError {
  let said = "";
  try {
    const body = JSON.parse(new TextDecoder().decode(bytes)) as { error?: unknown; detail?: unknown };
    said = String(body.error ?? body.detail ?? "");
  } catch {
    // Many a proxy answers with a page.
  }
  const text = said === "" ? `status ${status}` : `status ${status}, ${said.slice(0, 200)}`;
  const retryable = status >= 500 || status === 429;
  return new ProtocolError("REMOTE_REFUSED", `remote: ${text}`, { data: { status, retryable } });
}

/** fetch hides what happened in the cause. */
function reasonOf(error: Error): string {
  const cause = error.cause as { code?: string; message?: string } | undefined;
  return cause?.code ?? cause?.message ?? error.message;
}
