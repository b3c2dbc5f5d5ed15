import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ended, line, start, stedloop } from "./command-line.js";

const real = join(import.meta.dirname, "../../demo/real/actin_axon_1.tif");

describe("serve-model", { timeout: 120_000 }, () => {
  it("serves the shipped network, which another process scores with as with its own; ends with 0", async () => {
    const server = start(["serve-model", "--port", "0", "--engine", "onnx-cpu", "--threads", "1"]);
    const { url } = JSON.parse(await line(server, "stdout", /ready/)) as { url: string };
    const score = async (...more: string[]): Promise<{ score: number; inDomain: boolean }> =>
      JSON.parse((await stedloop(["score", real, ...more])).out) as { score: number; inDomain: boolean };
    const [near, far] = [
      await score("--engine", "onnx-cpu"),
      await score("--engine", "remote", "--remote", url),
    ];
    expect(far.score).toBeCloseTo(near.score, 5);
    expect(far.inDomain).toBe(near.inDomain);
    server.kill("SIGTERM");
    expect(await ended(server)).toBe(0);
    const gone = await stedloop(["score", real, "--engine", "remote", "--remote", url]);
    expect([gone.code, gone.err]).toEqual([1, expect.stringMatching(/not ready: ECONNREFUSED/)]);
  });

  it("refuses to stand open to a network without tokens", async () => {
    const { code, err } = await stedloop(["serve-model", "--host", "0.0.0.0", "--port", "0"]);
    expect([code, err]).toEqual([2, expect.stringMatching(/tokens/)]);
  });
});
