import { afterEach, describe, expect, it } from "vitest";
import type { AcquireRequest, RigEvent } from "../../drivers/contract.js";
import { checkNames, checkRig, ZeromqRig } from "../../drivers/zeromq/index.js";
import type { Approved } from "../../src/core/index.js";
import { foreignRig, type PythonRig, pythonWithZmq } from "./python.js";

const python = pythonWithZmq();
const reason = python.startsWith("no ") ? ` (skipped: ${python})` : "";
const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});
async function start(...args: string[]): Promise<PythonRig> {
  const rig = await foreignRig(python, args);
  open.push(rig);
  return rig;
}
const approved = (request: AcquireRequest): Approved<AcquireRequest> => request as Approved<AcquireRequest>;

describe.skipIf(reason !== "")(`a rig server in Python${reason}`, () => {
  for (const [what, args] of [
    ["with a stage, in float, without lineRepeats", []],
    ["without events, that cannot listen in mid-frame", ["--plain"]],
  ] as const) {
    it(`passes rig-check: ${what}`, async () => {
      const rig = await start("--lease", "700", ...args);
      const report = await checkRig(rig.commands);
      expect(report.checks.filter((c) => !c.ok)).toEqual([]);
      expect(report.passed).toBe(checkNames.length);
    });
  }

  it("is run by ZeromqRig", async () => {
    const server = await start();
    const rig = new ZeromqRig({ commands: server.commands });
    open.push(rig);
    const events: RigEvent[] = [];
    rig.subscribe((event) => events.push(event));
    const info = await rig.open();
    expect(info.capabilities.parameters.map((p) => p.name)).toContain("accumulations");
    const region = await rig.region({ xUm: 5, yUm: -3 });
    expect(region).toMatchObject({ xUm: 5, yUm: -3, widthPx: 52, heightPx: 36 });
    // What every loop sends along, though this rig has no such knob.
    const settings = { laser640Percent: 5, dwellTimeUs: 10, lineRepeats: 1, depletionPowerMw: 0 };
    const steps = [
      { kind: "confocal", settings },
      { kind: "sted", settings: { ...settings, depletionPowerMw: 50 } },
    ] as const;
    const { frames } = await rig.acquire(approved({ steps, region: region.id }));
    expect(frames.map((f) => [f.kind, f.shape, f.pixels.constructor.name])).toEqual([
      ["confocal", [36, 52], "Float32Array"],
      ["sted", [36, 52], "Float32Array"],
    ]);
    const [confocal] = frames;
    // The brightest of its spots is where the script puts it.
    const brightest = confocal?.pixels.indexOf(Math.max(...(confocal?.pixels ?? [])) as never) ?? -1;
    const [y, x] = [Math.floor(brightest / 52), brightest % 52];
    const spots = [
      [9, 11],
      [15, 30],
      [25, 8],
      [28, 24],
      [20, 18],
    ];
    expect(Math.min(...spots.map(([cy = 0, cx = 0]) => Math.hypot(y - cy, x - cx)))).toBeLessThan(4);
    const acquiring = rig.acquire(approved({ steps: Array.from({ length: 40 }, () => steps[0]) }));
    const ended = acquiring.catch((error: { code: string }) => error.code);
    await rig.heartbeat();
    const light = await rig.safe("test");
    expect([await ended, light.every((l) => !l.on)]).toEqual(["ABORTED", true]);
    await rig.resume();
    await rig.release();
    expect(await rig.status()).toMatchObject({ state: "idle", owner: undefined });
    const ids = events.filter((e) => e.type === "frame").map((e) => e.type === "frame" && e.frame.id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
