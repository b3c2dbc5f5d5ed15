import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { stedloop } from "../cli/command-line.js";
import { approved, connect, folder, kept, passes, skipped } from "./helpers.js";
import { type Bridge, pythonWith, startBridge } from "./python.js";

const forMicroManager = pythonWith("zmq", "numpy", "pymmcore_plus", "mm_test_adapters");

describe.skipIf(skipped(forMicroManager) !== "")(
  `Micro-Manager's demo devices${skipped(forMicroManager)}`,
  () => {
    const start = async (...args: string[]): Promise<Bridge> =>
      kept(await startBridge(forMicroManager, "micromanager", args));

    it("pass rig-check", async () => {
      await passes(await start("--lease", "700"));
    }, 60_000);

    it("take settings in our units and give back what the devices say", async () => {
      const rig = connect(await start());
      await rig.open();
      const place = await rig.region({ xUm: 120, yUm: -40 });
      expect(place).toMatchObject({ widthPx: 160, heightPx: 120, pixelSizeNm: 65 });
      expect([Math.round(place.xUm), Math.round(place.yUm)]).toEqual([120, -40]);
      const settings = { excitationPowerUw: 30, depletionPowerMw: 90, exposureMs: 450 };
      const { frames, durationMs } = await rig.acquire(
        approved({
          steps: [
            { kind: "confocal", settings },
            { kind: "sted", settings },
          ],
        }),
      );
      expect(
        frames.map((f) => [f.kind, f.shape, f.actual.excitationPowerUw, f.actual.depletionPowerMw]),
      ).toEqual([
        ["confocal", [120, 160], 30, 0],
        ["sted", [120, 160], 30, 90],
      ]);
      // 450 ms are taken in three parts, so that light can go off within one of them.
      expect(durationMs).toBeGreaterThan(850);
      expect((await rig.status()).light.every((l) => !l.on && l.confirmed)).toBe(true);
      await expect(rig.region({ xUm: 9000, yUm: 0 })).rejects.toMatchObject({ code: "OUT_OF_RANGE" });
      await rig.release();
    }, 30_000);

    it("are dark when the bridge is ended in mid-exposure", async () => {
      const bridge = await start();
      const rig = connect(bridge);
      await rig.open();
      const settings = { excitationPowerUw: 30, exposureMs: 5000 };
      const lit = new Promise<void>((resolve) => {
        rig.subscribe((e) => {
          if (e.type === "state" && e.light.some((l) => l.on)) resolve();
        });
      });
      const acquiring = rig.acquire(approved({ steps: [{ kind: "confocal", settings }] })).catch(() => null);
      await lit;
      bridge.process.kill("SIGTERM");
      expect(await bridge.ended).toBe(0);
      expect(bridge.log()).toContain("light off and read back");
      await rig.close();
      await acquiring;
    }, 30_000);

    it("are tuned by stedloop itself", async () => {
      const bridge = await start();
      const data = folder();
      const config = join(data, "rig.yaml");
      writeFileSync(
        config,
        `rig: {kind: zeromq, commands: "${bridge.commands}"}
gate: off
parameters: {excitationPowerUw: {min: 5, max: 60}, depletionPowerMw: {min: 0, max: 120}}
fixed: {exposureMs: 20}
confocal: {excitationPowerUw: 10, exposureMs: 20}
objectives: [{name: quality, worstAcceptable: 0.1}, {name: bleaching, worstAcceptable: 0.9}]
optimiser: {strategy: sobol, initial: 2}
limits: {excitationPowerUw: {max: 80}, depletionPowerMw: {max: 150}, exposureMs: {max: 100}}
`,
      );
      const args = ["--headless", "--json", "--iterations", "2", "--seed", "3"];
      const run = await stedloop(["run", "--config", config, "--data", join(data, "d"), ...args]);
      expect(run.err).toMatch(/^(step .*\n?)*$/);
      expect(JSON.parse(run.out)).toMatchObject({ iterations: 2, frames: 6 });
    }, 60_000);
  },
);
