/** The daemon's HTTP, from outside: a real daemon in a process of its own. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RandomStream } from "../../src/core/index.js";
import { pause, stedloop } from "../processes.js";
import { anyJson, mutated, noise, pick, twisted } from "./mutate.js";
import { bytesOf, Complaint, type Surface } from "./surface.js";

const paths = [
  ...[
    "/",
    "/health/live",
    "/health/ready",
    "/metrics",
    "/api/v1/state",
    "/api/v1/runs",
    "/api/v1/openapi.json",
  ],
  ...[
    "/api/v1/runs/latest",
    "/api/v1/frames/x",
    "/api/v1/frames/x/heatmap",
    "/api/v1/frames/..%2f..%2fetc%2fpasswd",
  ],
  ...[
    "/api/v1/proposal/approve",
    "/api/v1/proposal/edit",
    "/api/v1/proposal/choose",
    "/api/v1/mode",
    "/api/v1/score",
  ],
  ...["/api/v1/optimise", "/api/v1/pause", "/api/v1/resume", "/../../etc/passwd", "/assets/%00", "/%ff"],
];
const sound = [
  { settings: { depletionPowerMw: 10 } },
  { mode: "auto" },
  {
    image: [
      [1, 2],
      [3, 4],
    ],
    pixelSizeNm: 20,
  },
  {
    space: {
      parameters: [{ name: "x", min: 0, max: 1 }],
      objectives: [{ name: "f", direction: "minimise" }],
      seed: 1,
    },
    observations: [],
  },
];
const types = ["application/json", "text/plain", "multipart/form-data; boundary=x", "image/tiff", ""];
const answerMs = 20_000;

interface Answer {
  readonly status: number;
  readonly text: string;
}

function ask(
  port: number,
  method: string,
  path: string,
  headers: Record<string, string>,
  body: Uint8Array,
): Promise<Answer> {
  return new Promise((done, fail) => {
    const call = request(
      { host: "127.0.0.1", port, method, path, headers, timeout: answerMs },
      (response) => {
        let text = "";
        response.on("data", (data) => {
          text += String(data).slice(0, 4000);
        });
        response.on("end", () => done({ status: response.statusCode ?? 0, text }));
        response.on("error", fail);
      },
    );
    call.on("timeout", () => call.destroy(new Error(`no answer in ${answerMs} ms`)));
    call.on("error", fail);
    call.end(body);
  });
}

export async function http(): Promise<Surface> {
  const data = mkdtempSync(join(tmpdir(), "stedloop-fuzz-"));
  const config = join(data, "c.yaml");
  // Observing: nothing that is asked here moves light, and the daemon has its time for answers.
  writeFileSync(config, "rig: {kind: simulated, timeScale: 0}\nmode: observe\n");
  const daemon = stedloop(["run", "--config", config, "--data", data, "--port", "0"]);
  const line = await daemon.firstLine;
  const port = Number(/:(\d+)/.exec(line)?.[1]);
  return {
    feed: async (random: RandomStream) => {
      const body = random.uniform() < 0.8 ? twisted(pick<unknown>(sound, random), random) : anyJson(random);
      const raw = bytesOf(JSON.stringify(body) ?? "null");
      const bytes =
        random.uniform() < 0.3 ? mutated(raw, random) : random.uniform() < 0.02 ? noise(3000, random) : raw;
      const method = pick(["GET", "POST", "POST", "PUT", "DELETE", "OPTIONS"], random);
      const path =
        pick(paths, random) +
        (random.uniform() < 0.1 ? `?${encodeURIComponent(JSON.stringify(anyJson(random)))}` : "");
      const type = pick(types, random);
      const headers = {
        ...(type === "" ? {} : { "content-type": type }),
        "content-length": String(bytes.length),
      };
      const input = Buffer.concat([bytesOf(`${method} ${path} ${type}\n`), bytes]);
      const answer = await ask(port, method, path, headers, bytes).catch((error: Error) => {
        // A refused body may cost the connection: then the next request must be served.
        if (/ECONNRESET|EPIPE/.test(String(error))) return { status: 400, text: "" };
        throw new Complaint(`no answer: ${error.message}`, input);
      });
      if (answer.status === 500) throw new Complaint(`500: ${answer.text.slice(0, 200)}`, input);
      if (/\n\s+at .+:\d+:\d+/.test(answer.text)) throw new Complaint("a stack in the answer", input);
      if (random.uniform() < 0.02) {
        const live = await ask(port, "GET", "/health/live", {}, new Uint8Array()).catch(() => ({
          status: 0,
        }));
        if (live.status !== 200) throw new Complaint(`afterwards it is not alive (${live.status})`, input);
      }
      return input;
    },
    close: async () => {
      daemon.child.kill("SIGTERM");
      await Promise.race([daemon.ended, pause(15_000)]);
      daemon.child.kill("SIGKILL");
      rmSync(data, { recursive: true, force: true });
    },
  };
}
