import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Dealer, Router } from "zeromq";
import { stedloop, tempFolder } from "./command-line.js";

const folder = tempFolder();
const at = (name: string): string => join(folder, name);
writeFileSync(at("x.tif"), "hello\n");
writeFileSync(at("typo.yaml"), "rig:\n  knid: simulated\n");
writeFileSync(at("space.json"), '{"parameters":[{"name":"a","min":3,"max":1}],"objectives":[]}');
writeFileSync(
  at("rig.yaml"),
  "rig: {kind: simulated}\nconfocal: {excitationPowerUw: 10, dwellTimeUs: 10, zoom: 3}\n",
);
writeFileSync(at("model.yaml"), "rig: {kind: simulated, timeScale: 0}\nmodel: nothing-of-that-name\n");
writeFileSync(
  at("knob.yaml"),
  "rig: {kind: simulated, timeScale: 0}\nfixed: {gateDelayPs: 3}\nlimits: {depletionPowerMw: {max: 250}, excitationPowerUw: {max: 20}, dwellTimeUs: {max: 100}, lineRepeats: {max: 10}, gateDelayPs: {max: 9}}\nmodel: nothing-of-that-name\n",
);

writeFileSync(at("faults.yaml"), "- {at: {s: 1}, fault: frame-drop}\n- {at: {s: 2}, fault: frame-dorp}\n");
writeFileSync(at("scripted.yaml"), "rig: {kind: simulated, faults: faults.yaml}\n");
/** A .npy of float64. */
const npy = (shape: string, values: readonly number[]): Buffer => {
  const head = `{'descr': '<f8', 'fortran_order': False, 'shape': ${shape}, }`.padEnd(117);
  return Buffer.concat([
    Buffer.from("\x93NUMPY\x01\x00\x76\x00", "latin1"),
    Buffer.from(`${head}\n`),
    Buffer.from(Float64Array.from(values).buffer),
  ]);
};
writeFileSync(at("negative.npy"), npy("(2, 2)", [1, 2, 3, -4]));
writeFileSync(at("nan.npy"), npy("(2, 2)", [1, Number.NaN, 3, 4]));
writeFileSync(at("empty.npy"), npy("(0, 4)", []));
const light = '{"excitationPowerUw":10,"dwellTimeUs":10}';
const frame = ["simulate", "frame", "--structure", "actin", "--out", at("f.tif")];
const map = (name: string): string[] => ["simulate", "frame", "--map", at(name), "--out", at("f.tif")];

interface Case {
  readonly args: readonly string[];
  readonly says: RegExp;
}
const cases: readonly Case[] = [
  { args: ["run", "--config", at("nope.yaml")], says: /no such file/ },
  { args: ["run", "--config", at("typo.yaml")], says: /kind/ },
  { args: ["run", "--config", at("rig.yaml")], says: /no entry for 'zoom'/ },
  {
    args: ["run", "--headless", "--iterations", "1", "--config", at("model.yaml"), "--data", at("d1")],
    says: /unknown model/,
  },
  {
    args: ["run", "--headless", "--iterations", "1", "--config", at("knob.yaml"), "--data", at("d2")],
    says: /2 things are wrong.*gateDelayPs/,
  },
  { args: ["run", "--iterations", "-3"], says: /at least 1/ },
  { args: ["run", "--iterations", "two"], says: /whole number/ },
  { args: ["run", "--port", "99999999"], says: /65535/ },
  { args: ["run", "--mode", "turbo"], says: /observe, assist, auto, hold/ },
  { args: ["run", "--mode", "hold"], says: /--settings/ },
  { args: ["run", "--nonsense"], says: /unknown option/ },
  { args: ["run", "--headless", "--resume", "latest", "--data", at("empty")], says: /nothing to resume/ },
  { args: ["replay", "no-such-run", "--data", at("empty")], says: /no-such-run/ },
  { args: ["export", "no-such-run", "--to", at("o"), "--data", at("empty")], says: /no-such-run/ },
  { args: ["rig", "--bind", "nonsense"], says: /endpoint/ },
  { args: ["rig", "--structure", "unicorn"], says: /actin/ },
  { args: ["score", at("x.tif")], says: /x\.tif/ },
  { args: ["score", at("none.tif")], says: /none\.tif/ },
  { args: ["score"], says: /missing|argument/ },
  { args: ["optimise", "--stdio", "--space", at("space.json")], says: /space|min|objectives/ },
  { args: ["optimise", "--stdio", "--space", at("none.json")], says: /none\.json/ },
  {
    args: ["simulate", "frame", "--structure", "unicorn", "--settings", "{}", "--out", at("f.tif")],
    says: /unicorn/,
  },
  {
    args: [
      "simulate",
      "frame",
      "--structure",
      "actin",
      "--settings",
      '{"depletionPowerMw":-5}',
      "--out",
      at("f.tif"),
    ],
    says: /depletionPowerMw/,
  },
  {
    args: ["simulate", "frame", "--structure", "actin", "--settings", "{oops", "--out", at("f.tif")],
    says: /JSON/,
  },
  {
    args: [...frame, "--settings", '{"excitationPowerUw":10,"dwellTimeUs":0}'],
    says: /dwellTimeUs: 0 µs is outside 1\.\.100/,
  },
  ...["1e99", "-1", "9007199254740992"].map((seed) => ({
    args: [...frame, "--settings", light, "--seed", seed],
    says: /--seed.*whole number, 0 … 9007199254740991/,
  })),
  { args: ["simulate", "dataset", "--seed", "-1", "--out", at("s")], says: /--seed.*whole number, 0 …/ },
  {
    args: [...frame, "--settings", light, "--sample", "{densty: 2}"],
    says: /densty.*did you mean 'density'/,
  },
  { args: [...frame, "--settings", light, "--sample", "{labelling: -1}"], says: /labelling/ },
  { args: ["simulate", "frame", "--settings", light, "--out", at("f.tif")], says: /--structure or --map/ },
  { args: [...map("negative.npy"), "--settings", light], says: /negative\.npy.*negative/ },
  { args: [...map("nan.npy"), "--settings", light], says: /nan\.npy.*NaN/ },
  { args: [...map("empty.npy"), "--settings", light], says: /empty\.npy.*shape \(0, 4\)/ },
  { args: ["rig", "--faults", at("faults.yaml")], says: /faults\.yaml:2: .*frame-dorp.*frame-drop/ },
  { args: ["rig", "--realism", "{deadTimeNs: fast}"], says: /deadTimeNs/ },
  {
    args: ["run", "--headless", "--iterations", "1", "--config", at("scripted.yaml"), "--data", at("d5")],
    says: /faults\.yaml:2: .*frame-dorp/,
  },
  { args: ["simulate", "dataset", "--structure", "unicorn", "--out", at("s")], says: /unicorn/ },
  { args: ["simulate", "dataset", "--count", "2", "--out", at("x.tif")], says: /x\.tif.*folder/ },
  { args: ["simulate", "dataset", "--count", "0", "--out", at("s")], says: /whole number/ },
  { args: ["bench", "nothing"], says: /unknown benchmark/ },
  { args: ["dance"], says: /unknown command/ },
];

describe("wrong use gets exit 2 and one clear line", () => {
  for (const { args, says } of cases) {
    it(args.map((a) => a.replace(folder, "…")).join(" "), async () => {
      const { code, out, err } = await stedloop(args);
      expect(err).not.toMatch(/^\s+at .*:\d+:\d+/m);
      expect(err).toMatch(says);
      expect(code).toBe(2);
      expect(out.split("\n").every((l) => l === "" || l.startsWith("{"))).toBe(true);
    });
  }

  it("a busy port of the page", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as { port: number };
    const { code, err } = await stedloop(["run", "--port", String(port), "--data", at("busy")]);
    server.close();
    expect([code, err]).toEqual([2, expect.stringMatching(new RegExp(`${port}`))]);
  });

  it("a busy port of the rig", async () => {
    const taken = new Dealer({ linger: 0 });
    await taken.bind("tcp://127.0.0.1:*");
    const { code, err } = await stedloop(["rig", "--bind", taken.lastEndpoint as string]);
    taken.close();
    expect(err).toMatch(/in use|busy|taken/);
    expect(code).toBe(2);
  });

  /** A rig that answers every request with what `reply` makes of its header. */
  async function withRig(
    reply: (id: string) => (string | Buffer)[],
    test: (endpoint: string) => Promise<void>,
  ): Promise<void> {
    const rig = new Router({ linger: 0 });
    await rig.bind("tcp://127.0.0.1:*");
    const serving = (async () => {
      for await (const [from, , header] of rig) {
        const { id } = JSON.parse(String(header)) as { id: string };
        await rig.send([from as Buffer, ...reply(id)]);
      }
    })();
    try {
      await test(rig.lastEndpoint as string);
    } finally {
      rig.close();
      await serving;
    }
  }

  it("a rig that speaks another protocol version", async () => {
    const error = {
      code: "UNSUPPORTED_VERSION",
      message: "only stedrig/9",
      retryable: false,
      details: { supported: ["stedrig/9"] },
    };
    await withRig(
      (id) => ["stedrig/9", JSON.stringify({ id, ok: false, error })],
      async (endpoint) => {
        writeFileSync(at("other.yaml"), `rig: {kind: zeromq, commands: "${endpoint}"}\n`);
        const { code, err } = await stedloop([
          "run",
          "--headless",
          "--iterations",
          "1",
          "--config",
          at("other.yaml"),
          "--data",
          at("d3"),
        ]);
        expect(err).toMatch(/stedrig\/9/);
        expect(code).toBe(2);
      },
    );
  });

  it("a rig that answers garbage", async () => {
    await withRig(
      () => ["stedrig/1", Buffer.from([0xff, 0x00, 0x7b])],
      async (endpoint) => {
        writeFileSync(at("garbage.yaml"), `rig: {kind: zeromq, commands: "${endpoint}"}\n`);
        const { code, err } = await stedloop([
          "run",
          "--headless",
          "--iterations",
          "1",
          "--config",
          at("garbage.yaml"),
          "--data",
          at("d4"),
        ]);
        expect(err).toMatch(/tcp:\/\/127/);
        expect(err.trim().split("\n")).toHaveLength(1);
        expect(code).toBe(2);
      },
    );
  });
});
