import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ended, line, start, stedloop, tempFolder } from "../cli/command-line.js";
import { SimProcess } from "./sim-process.js";

describe("stedloop device", () => {
  let sim: SimProcess;
  beforeAll(async () => {
    sim = await SimProcess.start("mpb-vfl");
  });
  afterAll(() => sim.stop());
  const device = (...args: string[]) => stedloop(["device", "mpb-vfl", sim.path, ...args]);

  it("one JSON document on one line; the light stays as asked", async () => {
    const identity = await device("identify", "--json");
    expect(identity.code).toBe(0);
    expect(JSON.parse(identity.out)).toMatchObject({
      kind: "mpb-vfl",
      serialNumber: "VFL1001",
      limits: { minMw: 99, maxMw: 3050 },
    });
    const set = await device("power", "400", "--json");
    expect(JSON.parse(set.out)).toMatchObject({ on: false, setPointMw: 400 });
    expect(set.err).toContain("limited by the device itself");
    expect(JSON.parse((await device("power", "--json")).out)).toMatchObject({ setPointMw: 400 });
    expect(JSON.parse((await device("on", "--json")).out)).toMatchObject({ on: true, powerMw: 400 });
    expect((await sim.truth()).emission).toBe(true);
    expect(JSON.parse((await device("off", "--json")).out)).toMatchObject({ on: false });
    expect((await sim.truth()).emission).toBe(false);
  });

  it("limits of a safety file hold, also for the stored set point", async () => {
    const file = `${tempFolder()}/safety.yaml`;
    writeFileSync(file, "limits: {}\nsources:\n  depletion: {maxMw: 300}\n");
    const over = await device("power", "350", "--limits", file, "--source", "depletion");
    expect(over).toMatchObject({ code: 1, err: expect.stringContaining("outside 0 … 300 mW") });
    expect((await device("on", "--limits", file, "--source", "depletion")).code).toBe(1);
    expect(await device("power", "200", "--limits", file)).toMatchObject({
      code: 1,
      err: expect.stringContaining("no limit"),
    });
    expect((await sim.truth()).emission).toBe(false);
  });

  it("wrong use is 2, a failure is 1, each with one line and no stack", async () => {
    const cases: readonly (readonly [readonly string[], number])[] = [
      [["device", "nothing", sim.path, "status"], 2],
      [["device", "mpb-vfl", sim.path, "explode"], 2],
      [["device", "mpb-vfl", sim.path, "power", "much"], 2],
      [["device", "mpb-vfl", sim.path, "power", "-5"], 2],
      [["device", "mpb-vfl", sim.path, "on", "5"], 2],
      [["device", "mpb-vfl", "/nowhere", "status"], 1],
      [["device", "obis", sim.path, "status"], 1],
    ];
    for (const [args, code] of cases) {
      const result = await stedloop(args);
      expect(result.code, args.join(" ")).toBe(code);
      expect(result.err.trim().split("\n"), args.join(" ")).toHaveLength(1);
      expect(result.out).toBe("");
    }
  });

  it("an open interlock is an error, shown in plain words, and the light is off", async () => {
    await sim.fault("interlock-open");
    const refused = await device("on");
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining("interlock is open") });
    expect(JSON.parse((await device("status", "--json")).out)).toMatchObject({
      interlock: "open",
      on: false,
    });
    await sim.clear();
  });

  it("Ctrl-C switches the light off", async () => {
    const other = await SimProcess.start("mpb-vfl");
    await other.fault("emission-delay");
    const child = start(["device", "mpb-vfl", other.path, "on", "--trace"]);
    await line(child, "stderr", /SETLDENABLE 1/);
    child.kill("SIGINT");
    expect(await ended(child)).toBe(1);
    expect((await other.truth()).emission).toBe(false);
    await other.stop();
  });
});

describe("a firmware that the driver does not know", () => {
  let sim: SimProcess;
  beforeAll(async () => {
    sim = await SimProcess.start("cobolt-06");
    await sim.fault("unknown-firmware");
  });
  afterAll(() => sim.stop());
  const device = (...args: string[]) => stedloop(["device", "cobolt-06", sim.path, ...args, "--json"]);

  it("is told, refused for light, and taken only by its very name", async () => {
    expect(JSON.parse((await device("identify")).out)).toMatchObject({ firmware: "ZED-2000-01" });
    const status = await device("status");
    expect(status.code).toBe(0);
    expect(JSON.parse(status.out).faults).toMatchObject([{ code: "FIRMWARE" }]);
    const refused = await device("on");
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(/firmware 'ZED-2000-01' is not one that this driver knows/);
    expect((await device("on", "--accept-firmware", "ZED-2000-02")).code).toBe(1);
    expect((await sim.truth()).emission).toBe(false);
    expect((await device("on", "--accept-firmware", "ZED-2000-01")).code).toBe(0);
    expect((await sim.truth()).emission).toBe(true);
    expect((await device("off")).code).toBe(0);
    expect((await sim.truth()).emission).toBe(false);
  });
});
