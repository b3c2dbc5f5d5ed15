import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, it } from "vitest";
import { openJournalReader } from "../../src/journal/index.js";
import { ended, eventually, start } from "../cli/command-line.js";
import { folder, keep, skipped } from "./helpers.js";
import { fixtures, pythonWith } from "./python.js";

const python = pythonWith("zmq", "numpy", "pymmcore_plus", "mm_test_adapters", "useq");

describe.skipIf(skipped(python) !== "")(`a useq plan${skipped(python)}`, () => {
  const acquire = (...args: string[]) => {
    const script = join(import.meta.dirname, "../../drivers/bridges/micromanager/acquire_useq.py");
    const config = ["--config", join(fixtures, "demo.cfg"), "--bind", "tcp://127.0.0.1:*"];
    const child = spawn(python, [script, ...args, ...config], { stdio: ["ignore", "pipe", "pipe"] });
    keep({ close: () => child.kill("SIGKILL") });
    let said = "";
    child.stderr.on("data", (text) => {
      said += String(text);
    });
    const code = new Promise<number | null>((resolve) => child.once("close", resolve));
    return { lines: createInterface({ input: child.stdout })[Symbol.asyncIterator](), code, log: () => said };
  };

  it("is acquired by pymmcore-plus, and every frame scored and kept", async () => {
    const plan = acquire(join(fixtures, "plan.json"), "--pixel-size", "65");
    const { frames, events } = JSON.parse((await plan.lines.next()).value as string);
    expect(events).toBe(6);
    const data = folder();
    const config = join(data, "frames.yaml");
    writeFileSync(config, `rig: {kind: zmq-frames, address: "${frames}"}\nserver: {port: 0}\n`);
    const daemon = start(["run", "--config", config, "--data", join(data, "d")]);
    keep({ close: () => daemon.kill("SIGKILL") });
    daemon.stdout?.resume();
    daemon.stderr?.resume();
    expect(JSON.parse((await plan.lines.next()).value as string)).toEqual({ acquired: 6 });
    expect(await plan.code).toBe(0);
    const rows = await eventually(async () => {
      const reader = await openJournalReader(join(data, "d"));
      try {
        const [run] = await reader.runs();
        const extras = run === undefined ? [] : await reader.extras(run.run);
        return extras.length === 6 ? extras : null;
      } finally {
        await reader.close();
      }
    });
    daemon.kill("SIGINT");
    expect(await ended(daemon)).toBe(0);
    const told = rows.map((r) => [
      r.frame.kind,
      r.frame.region,
      r.frame.pixelSizeNm,
      r.frame.settings.exposureMs,
    ]);
    expect(told.sort()).toEqual(
      [1, 2, 3]
        .flatMap((n) => [
          ["confocal", `useq/confocal/cell ${n}`, 65, 10],
          ["sted", `useq/sted/cell ${n}`, 65, 25],
        ])
        .sort(),
    );
    expect(rows.every((r) => r.score !== null)).toBe(true);
  }, 90_000);

  it("that is none is named", async () => {
    const path = join(folder(), "plan.json");
    writeFileSync(path, '{"stage_positions": 7}');
    const plan = acquire(path);
    expect(await plan.code).toBe(1);
    expect(plan.log()).toContain("no useq plan");
  });
});
