import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkRig, newKeys } from "../../drivers/zeromq/index.js";
import { eventually } from "../cli/command-line.js";
import { approved, connect, folder, kept, passes, skipped } from "./helpers.js";
import { type Bridge, fixtures, pythonWith, standIn, startBridge } from "./python.js";

const forImspector = pythonWith("zmq", "numpy");
describe("the bridges", () => {
  it("speak the protocol by the same text", () => {
    const texts = (["micromanager", "imspector"] as const).map((kind) => {
      const path = join(import.meta.dirname, `../../drivers/bridges/${kind}/${kind}.py`);
      const [, text] = /# ---- stedrig\/1 server[^\n]*\n([\s\S]*)\n# ---- end of the stedrig\/1 server/.exec(
        readFileSync(path, "utf8"),
      ) ?? [""];
      return text;
    });
    expect(texts[0]?.length).toBeGreaterThan(10_000);
    expect(texts[0]).toBe(texts[1]);
  });
});

describe.skipIf(skipped(forImspector) !== "")(`a stand-in for Imspector${skipped(forImspector)}`, () => {
  const start = async (args: readonly string[] = [], env: Record<string, string> = {}): Promise<Bridge> =>
    kept(await startBridge(forImspector, "imspector", args, { ...standIn, ...env }));
  const slow = { excitationPowerUw: 5, dwellTimeUs: 100, lineRepeats: 16 };

  it("passes rig-check", async () => {
    await passes(await start(["--lease", "700"]));
  }, 60_000);

  it("turns lasers on only while it scans, those of the step, and off when it is ended in between", async () => {
    const log = join(folder(), "light");
    const bridge = await start([], { SPECPY_STAND_IN_LOG: log });
    const rig = connect(bridge);
    await rig.open();
    const settings = { excitationPowerUw: 4, depletionPowerMw: 60, dwellTimeUs: 5 };
    const { frames } = await rig.acquire(
      approved({
        steps: [
          { kind: "confocal", settings },
          { kind: "sted", settings },
        ],
      }),
    );
    expect(frames[1]?.actual).toMatchObject({ depletionPowerMw: 60, dwellTimeUs: 5, lineRepeats: 1 });
    expect(frames[1]?.actual.excitationPowerUw).toBeCloseTo(4, 9);
    expect(readFileSync(log, "utf8")).toBe("on 4\noff\non 4 5\noff\n");
    const acquiring = rig.acquire(approved({ steps: [{ kind: "sted", settings: slow }] })).catch(() => null);
    await new Promise<void>((resolve) =>
      rig.subscribe((e) => e.type === "state" && e.light[0]?.on && resolve()),
    );
    bridge.process.kill("SIGTERM");
    expect(await bridge.ended).toBe(0);
    expect(readFileSync(log, "utf8")).toBe("on 4\noff\non 4 5\noff\non 4\noff\n");
    expect(bridge.log()).toContain("light off and read back");
    await rig.close();
    await acquiring;
  }, 30_000);

  it("that does not stop is shown as lit, and never as safe", async () => {
    const rig = connect(await start([], { SPECPY_STAND_IN_STUCK: "1" }));
    await rig.open();
    const acquiring = rig
      .acquire(approved({ steps: [{ kind: "confocal", settings: slow }] }))
      .catch((e) => e.code);
    await new Promise<void>((resolve) =>
      rig.subscribe((e) => e.type === "state" && e.light[0]?.on && resolve()),
    );
    let dark = false;
    const safe = rig.safe("test").then((light) => {
      dark = light.every((l) => !l.on && l.confirmed);
    });
    const status = await eventually(async () => {
      const now = await rig.status();
      return now.state === "fault" ? now : null;
    });
    expect([dark, status.light.map((l) => l.on)]).toEqual([false, [true, true]]);
    // The bridge tries on; the scan ends by itself after some seconds, and only then it is dark.
    await safe;
    expect([dark, (await rig.status()).state]).toEqual([true, "safe"]);
    await acquiring;
  }, 30_000);

  it("names what is wrong with its file", async () => {
    const good = JSON.parse(readFileSync(join(fixtures, "imspector-rig.json"), "utf8"));
    const wrong: readonly [string, (config: typeof good) => void][] = [
      ["calibration must rise", (c) => c.parameters[0].calibration.reverse()],
      ["must lie inside the calibration", (c) => Object.assign(c.parameters[0], { max: 30 })],
      ["there is no parameter 'power'", (c) => Object.assign(c.light[0], { parameter: "power" })],
      ["'light' is missing", (c) => Reflect.deleteProperty(c, "light")],
      ["lasers 0 to 7", (c) => Object.assign(c.light[0], { laser: 8 })],
      ["no configuration 'x'; it has stedloop", (c) => Object.assign(c, { configuration: "x" })],
    ];
    for (const [text, change] of wrong) {
      const config = structuredClone(good);
      change(config);
      const path = join(folder(), "rig.json");
      writeFileSync(path, JSON.stringify(config));
      await expect(start(["--config", path])).rejects.toThrow(text);
    }
    await expect(start(["--config", join(folder(), "none.json")])).rejects.toThrow("cannot be read");
  }, 30_000);

  it("is reached from other computers only with keys", async () => {
    await expect(start(["--bind", "tcp://0.0.0.0:*"])).rejects.toThrow("--keys");
    const keys = join(folder(), "keys");
    newKeys(keys);
    const bridge = await start(["--keys", keys]);
    const only = ["hello", "acquire", "ownership"];
    const report = await checkRig(bridge.commands, { curve: { keys }, only });
    expect(report.checks.map((c) => [c.name, c.ok])).toEqual(only.map((name) => [name, true]));
    const stranger = join(folder(), "keys");
    newKeys(stranger);
    writeFileSync(join(stranger, "server.pub"), readFileSync(join(keys, "server.pub")));
    await expect(checkRig(bridge.commands, { curve: { keys: stranger }, only })).rejects.toMatchObject({
      code: "UNREACHABLE",
    });
  }, 30_000);
});

const withSpecpy = pythonWith("specpy", "zmq");
describe.skipIf(skipped(withSpecpy) !== "")(
  `the stand-in beside Abberior's specpy${skipped(withSpecpy)}`,
  () => {
    it("has no call that the real package has not", () => {
      const code = `
import importlib.util, inspect, json, sys, specpy
spec = importlib.util.spec_from_file_location("stand_in", sys.argv[1])
stand_in = importlib.util.module_from_spec(spec)
spec.loader.exec_module(stand_in)
missing, seen = [], 0
for name in ("Application", "Measurement", "Configuration", "Stack", "MeasurementSignal"):
    for member in vars(getattr(stand_in, name)):
        if not member.startswith("_"):
            seen += 1
            if not hasattr(getattr(specpy, name), member): missing.append(f"{name}.{member}")
same = all(getattr(specpy.MeasurementSignal, k) == v for k, v in vars(stand_in.MeasurementSignal).items() if not k.startswith("_"))
print(json.dumps([missing, seen, same, hasattr(specpy, "get_application")]))
`;
      const standInFile = join(standIn.PYTHONPATH, "specpy.py");
      const out = execFileSync(withSpecpy, ["-W", "ignore", "-c", code, standInFile], { encoding: "utf8" });
      expect(JSON.parse(out)).toEqual([[], 25, true, true]);
    });
  },
);
