/** Drivers that other people wrote for the real devices, as they come from PyPI, against the simulated ones. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { type DeviceProcess, startDevice } from "./device.js";
import { pythonWith } from "./python.js";

const python =
  process.platform === "win32"
    ? "no pseudo-terminals on Windows"
    : pythonWith(
        "laser-drivers",
        ["pyserial", "microscope", "pylablib-lightweight", "aaopto-aotf"],
        ["serial", "microscope", "pylablib", "aaopto_aotf"],
      );
if (python.startsWith("no ")) console.log(`skipped: ${python}`);

describe.skipIf(python.startsWith("no "))("other people's drivers", () => {
  let sim: DeviceProcess | null = null;
  afterEach(async () => {
    await sim?.stop();
  });
  const script = join(import.meta.dirname, "fixtures", "third_party.py");

  it.each([
    ["cobolt-06", "cobolt-06", "python-microscope", { on: true, power: 0.5, off: true }],
    ["obis", "obis", "python-microscope", { on: true, power: 0.5, off: true }],
    ["ibeam-smart", "ibeam-smart", "python-microscope", { on: true, power: 0.5, off: true }],
    [
      "ibeam-smart-pylablib",
      "ibeam-smart",
      "pyLabLib",
      { serial: "iBEAM-SMART-1001", channels: 2, on: true, mW: 40, off: true },
    ],
    [
      "aa-mpds",
      "aa-mpds",
      "aaopto-aotf",
      { channels: 8, MHz: 100.5, dBm: 18.5, on: true, afterReset: "EXTERNAL", off: true },
    ],
  ])("%s (%s) by %s", async (driver, kind, _, want) => {
    sim = await startDevice(kind);
    const out = execFileSync(python, [script, driver, sim.path], { timeout: 120_000 }).toString();
    expect(JSON.parse(out)).toEqual(want);
    expect(await sim.emission()).toBe(false);
  });
});
