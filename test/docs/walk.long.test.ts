import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { type Ended, line } from "../cli/command-line.js";
import { natsServer, TestNats } from "../fleet/nats-server.js";
import { block, Stranger, typed } from "./stranger.js";

/** The lines of the pages, typed as they stand there; only ports, counts and places are others. */
const json = <T>(text: string): T => JSON.parse(text.trim().split("\n").at(-1) as string) as T;
const root = join(import.meta.dirname, "../..");
const works = (program: string, ...args: string[]): boolean => spawnSync(program, args).status === 0;
const python = works("python3", "--version");
if (!python) console.log("skipped: no python3 here");
const bash = works("bash", "--version");
if (!bash) console.log("skipped: no bash here");

describe.skipIf(!bash)("what a stranger types", { timeout: 300_000 }, () => {
  const stranger = new Stranger();
  afterEach(async () => {
    await stranger.leave();
  });
  const good = async (text: string): Promise<string> => {
    const { code, out, err } = await stranger.run(text);
    expect([code, text, code === 0 ? "" : err]).toEqual([0, text, ""]);
    return out;
  };

  /** A run from beginning to end. A starved machine puts the light out, which ends it: then it is begun anew. */
  const whole = async (text: string, data: string): Promise<Ended> => {
    for (let tries = 0; tries < 4; tries++) {
      const ended = await stranger.run(text);
      if (ended.code === 0) return ended;
      expect(ended.err).toMatch(/lease/);
      rmSync(stranger.at(data), { recursive: true });
    }
    throw new Error(`${text}: this machine is too busy for a run in real time`);
  };

  it("quick start: two runs alike, the list, the table, files scored with maps, the faults' names", async () => {
    const page = "docs/quick-start.md";
    const one = await whole(typed(page, /run --headless.*one/), "one");
    const two = await whole(typed(page, /run --headless.*two/), "two");
    const result = ({ best, hypervolume }: { best: object; hypervolume: number }): object => ({
      best,
      hypervolume,
    });
    expect(result(json(one.out))).toEqual(result(json(two.out)));
    expect(await good(typed(page, /stedloop runs/))).toMatch(/finished/);
    await good(typed(page, /stedloop export/));
    const table = readdirSync(stranger.at("out"), { recursive: true })
      .map(String)
      .find((f) => f.endsWith("steps.csv"));
    expect(
      readFileSync(stranger.at("out", table as string), "utf8")
        .trim()
        .split("\n"),
    ).toHaveLength(9);
    const scored = await good(typed(page, /stedloop score/));
    expect(scored.trim().split("\n")).toHaveLength(6);
    expect(readdirSync(stranger.at("maps")).length).toBeGreaterThanOrEqual(6);
    expect(await good(typed(page, /faults list/))).toMatch(/frame-drop/);
  });

  it("operations: a backup that can be read; the unit is one", async () => {
    const change = {
      "/var/lib/stedloop": "one",
      "/mnt/archive/stedloop": "archive",
    };
    await good(typed("docs/operations.md", /stedloop backup/, change));
    const listed = await good("stedloop runs --data archive --json");
    expect(json(listed)).toMatchObject({ state: "finished", iterations: 8 });
    if (works("systemd-analyze", "--version"))
      expect(works("systemd-analyze", "verify", join(root, "deploy/stedloop.service"))).toBe(true);
    else console.log("skipped: no systemd-analyze here");
  });

  it("first rig: a rig that passes, and keys that only their owner reads", async () => {
    const rig = stranger.start(
      `${typed("docs/first-rig.md", /stedloop rig$/)} --bind tcp://127.0.0.1:* --events tcp://127.0.0.1:*`,
    );
    const { commands } = JSON.parse(await line(rig, "stdout", /"ready":true/)) as { commands: string };
    const check = typed("README.md", /rig-check/, { "tcp://127.0.0.1:5555": commands });
    expect(typed("docs/first-rig.md", /rig-check/, { "tcp://127.0.0.1:5555": commands })).toBe(check);
    expect(json(await good(`${check} --json`))).toMatchObject({ failed: 0 });
    await good(typed("docs/first-rig.md", /keys new/));
    for (const name of readdirSync(stranger.at("keys"))) {
      const { mode } = statSync(stranger.at("keys", name));
      if (statSync(stranger.at("keys", name)).isFile() && /secret|private/.test(name))
        expect(mode & 0o077).toBe(0);
    }
  });

  it("README: six recordings, on the page too; help and doctor", async () => {
    const lines = (await good(typed("README.md", /score demo/))).trim().split("\n");
    expect(lines).toHaveLength(6);
    const daemon = stranger.start(`${typed("README.md", /playback/)} --port 0 --data seen`);
    const said = await line(daemon, "stdout", /page at http/);
    const url = /http:\S+/.exec(said)?.[0] as string;
    expect((await fetch(url)).status).toBe(200);
    expect(await stranger.leave()).toEqual([0]);
    expect(await good(typed("README.md", /stedloop --help/))).toMatch(/rig-check/);
    expect(await good(typed("README.md", /stedloop doctor/))).toMatch(/onnx-cpu/);
  });

  it("drivers: one device by hand", async () => {
    const sim = stranger.start(typed("docs/device-simulators.md", /device-sim mpb-vfl/));
    await line(sim, "stdout", /"ready":true/);
    const port = "./depletion";
    const page = "docs/drivers.md";
    expect(await good(typed(page, /identify/, { "/dev/serial/by-id/…": port }))).toMatch(/MPB|VFL/i);
    await good(typed(page, /power 200/, { PORT: port }));
    expect(await good(typed(page, /on --limits/, { PORT: port }))).toMatch(/on/);
    await good(`stedloop device mpb-vfl ${port} off`);
  });

  it("training: frames, a network refined on them, how well it rates them, and a study with simulated testers", async () => {
    const study = "docs/science/user-study.md";
    await good(typed(study, /dataset --structure actin/, { "150": "12" }));
    await good(typed(study, /dataset --structure tubulin/, { "100": "8" }));
    await good(
      `${typed("docs/faq.md", /train/, { DATASET: "sets/actin", "models/mine": "mine" })} --epochs 1`,
    );
    const evaluate = typed("docs/rating-and-training.md", /evaluate/, {
      SET: "sets/actin",
      NAME: "mine",
      "F.html": "f.html",
    });
    expect(await good(`${evaluate} --json`)).toMatch(/"rmse"/);
    expect(existsSync(stranger.at("f.html"))).toBe(true);
    expect(await good(typed(study, /study simulate/, { "103": "8" }))).toMatch(/Confusion/);
    expect(await good("stedloop models verify mine")).toMatch(/mine/);
  });

  it.skipIf(!python)("the optimiser from Python", async () => {
    const code = block("docs/science/optimiser.md", "python", /--stdio/);
    const space = {
      parameters: [{ name: "x", min: 0, max: 1 }],
      objectives: [{ name: "y", direction: "minimise", worstAcceptable: 1 }],
      seed: 1,
    };
    writeFileSync(stranger.at("space.json"), JSON.stringify(space));
    writeFileSync(stranger.at("npx"), `#!/bin/sh\nshift\nexec "$NODE" "$MAIN" "$@"\n`, { mode: 0o755 });
    const measure = "def measure(settings): return {'y': (settings['x'] - 0.3) ** 2}\n";
    writeFileSync(stranger.at("mine.py"), measure + code.replace("range(30)", "range(12)"));
    expect(await good(`PATH="$PWD:$PATH" python3 mine.py`)).toMatch(/'settings': \{'x': 0\.[23]/);
  });

  it("remote scoring: a server with a token, the configuration beside the microscope, files", async () => {
    const page = "docs/remote-scoring.md";
    await good(typed(page, /token new/));
    const server = stranger.start(`${typed(page, /serve-model/)} --port 0`);
    const { url } = JSON.parse(await line(server, "stdout", /"ready":true/)) as { url: string };
    const here = url.replace("0.0.0.0", "127.0.0.1");
    const config = block(page, "yaml", /engine: remote/)
      .replace("http://gpu-box:8430", here)
      .replace("timeoutS: 5", "timeoutS: 20");
    writeFileSync(stranger.at("remote.yaml"), `rig: {kind: simulated}\n${config}\n`);
    expect(await good(typed(page, /doctor/, { FILE: "remote.yaml" }))).toMatch(/remote/);
    const { err } = await whole(
      "stedloop run --config remote.yaml --headless --iterations 1 --data far",
      "far",
    );
    expect(err).not.toMatch(/took over/);
    const files = typed(page, /--engine remote/, { URL: here, FILES: "demo/real/actin_dendrite_1.tif" });
    expect(json(await good(files))).toMatchObject({ frame: 0 });
    const without = await stranger.run(files.replace("--token-file token.txt", ""));
    expect([without.code, without.err]).toEqual([1, expect.stringMatching(/token/)]);
  });

  it.skipIf(natsServer === null)("a fleet on one computer", async () => {
    const nats = await TestNats.start();
    try {
      const page = "docs/fleet.md";
      const change = { "nats://127.0.0.1:4222": nats.url };
      const worker = stranger.start(typed(page, /^stedloop worker/, change));
      await line(worker, "stdout", /"ready":true,"connected":true/);
      const viewer = stranger.start(
        `${typed(page, /^stedloop fleet --nats/, change)}\n`.replace(/\s+#.*/, " --port 0"),
      );
      const { url } = JSON.parse(await line(viewer, "stdout", /"ready":true/)) as { url: string };
      const config = block(page, "yaml", /rig: left-table/)
        .replace("nats://127.0.0.1:4222", nats.url)
        .replace("timeoutS: 5", "timeoutS: 20");
      writeFileSync(stranger.at("rig.yaml"), `rig: {kind: simulated}\n${config}\n`);
      expect(await good(typed(page, /doctor/))).toMatch(/2 worker slots for this network/);
      await whole(
        `${typed(page, /^stedloop run --config rig.yaml/)} --headless --iterations 2 --data left`,
        "left",
      );
      const state = (await (await fetch(`${url}/api/v1/fleet`)).json()) as {
        rigs: { rig: string; step: number }[];
      };
      expect(state.rigs).toEqual([expect.objectContaining({ rig: "left-table", step: 2, observations: 2 })]);
      expect(await stranger.leave()).toEqual([0, 0]);
    } finally {
      await nats.close();
    }
  });
});
