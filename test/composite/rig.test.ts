import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { openJournalReader } from "../../src/journal/index.js";
import { ended, eventually, stedloop, tempFolder } from "../cli/command-line.js";
import { FakeMpb } from "../serial/fake-mpb.js";
import { CompositeBench } from "./bench.js";
import { usualSet } from "./sets.js";

const quick = {
  parameters:
    "{depletionPowerMw: {min: 30, max: 200}, excitationPowerUw: {min: 2, max: 15}, dwellTimeUs: {min: 2, max: 20, scale: log}}",
  objectives:
    "[{name: quality, worstAcceptable: 0.2}, {name: bleaching, worstAcceptable: 0.8}, {name: pixelTimeUs, worstAcceptable: 60}]",
};
const bench = new CompositeBench({ devices: usualSet, timeScale: 0.1, config: quick });
interface State {
  readonly state: string;
  readonly alert: string | null;
  readonly rig: {
    readonly light: readonly { readonly name: string; readonly on: boolean; readonly confirmed: boolean }[];
    readonly faults: readonly { readonly code: string; readonly source: string; readonly message: string }[];
  };
}
const get = async (page: string): Promise<State> =>
  (await (await fetch(`${page}/api/v1/state`)).json()) as State;
const post = async (page: string, what: string): Promise<number> =>
  (
    await fetch(`${page}/api/v1/${what}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
    })
  ).status;
async function kill(signal: NodeJS.Signals): Promise<void> {
  bench.daemon?.kill(signal);
  if (bench.daemon !== null) await ended(bench.daemon);
}

// Real processes with deadlines of a second or two beside other tests: a machine that stalls trips the light, rightly. What fails
// three times is a defect.
describe.skipIf(process.platform === "win32")("a composite rig", { timeout: 240_000, retry: 2 }, () => {
  beforeAll(() => bench.start(), 120_000);
  afterAll(() => bench.stop());
  afterEach(async () => {
    await bench.endDaemon();
    for (const { name } of usualSet) await bench.clear(name, "all");
  });

  it("tunes with its own light: read-back stored, dark between the scans and at the end, nothing left open", async () => {
    const run = stedloop([
      "run",
      "--headless",
      "--json",
      "--iterations",
      "2",
      "--config",
      bench.config,
      "--data",
      bench.data,
    ]);
    // As the real one: 3 s between the order and its light, in which it says nothing.
    await bench.fault("depletion", "emission-delay");
    let litWithoutGate = 0;
    let done = false;
    void run.then(() => {
      done = true;
    });
    while (!done) {
      const [gate, laser] = [await bench.emits("aotf"), await bench.emits("laser640")];
      // Asked for the gate first: a laser that is dark behind an open gate was switched off before the gate was shut.
      if (gate && !laser && (await bench.emits("aotf"))) litWithoutGate++;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const { code, out, err } = await run;
    expect([code, err.includes("unexpected")], `${err} ${out}`).toEqual([0, false]);
    expect(JSON.parse(out)).toMatchObject({ iterations: 2, frames: 6 });
    expect(litWithoutGate).toBe(0);
    expect(await Promise.all(usualSet.map((d) => bench.emits(d.name)))).toEqual([false, false, false]);
    expect(JSON.parse(readFileSync(join(bench.data, "light.json"), "utf8"))).toMatchObject({ open: false });
    const reader = await openJournalReader(bench.data);
    const steps = await reader.steps((await reader.run("latest")).run);
    await reader.close();
    for (const { intent, result } of steps) {
      const { depletionPowerMw, excitationPowerUw } = intent.settings as Record<string, number>;
      // MPB sets and measures whole mW of its 1000, the AOTF tenths of a dB.
      expect(Math.abs((result?.actual.depletionPowerMw ?? 0) - (depletionPowerMw ?? 0))).toBeLessThan(4);
      expect(Math.abs((result?.actual.excitationPowerUw ?? 0) / (excitationPowerUw ?? 1) - 1)).toBeLessThan(
        0.05,
      );
    }
  });

  /** Until depletion is lit. A busy machine may trip the daemon's own stall guard meanwhile: then a person looks and resumes. */
  async function lit(page: string): Promise<void> {
    await eventually(
      async () => {
        if (await bench.emits("depletion")) return true;
        if ((await get(page)).state === "paused") await post(page, "resume");
        return null;
      },
      25,
      150_000,
    );
  }

  it("after a crash reads back, darkens, shows the difference, and asks before it goes on", async () => {
    bench.newData();
    await lit(await bench.run());
    await kill("SIGKILL");
    await bench.dark();
    const page = await bench.run();
    const asked = await eventually(
      async () => {
        const state = await get(page);
        return state.state === "paused" ? state : null;
      },
      100,
      60_000,
    );
    expect(asked.alert).toMatch(/without putting the light out/);
    expect(asked.alert).toMatch(/depletion: last order .* mW, on; found .* mW, off; dark now/);
    expect(asked.alert).toMatch(/press resume/);
    expect(await post(page, "resume")).toBe(200);
    await lit(page);
    await kill("SIGTERM");
    const events = await (async () => {
      const reader = await openJournalReader(bench.data);
      const all = await reader.events((await reader.run("latest")).run);
      await reader.close();
      return all;
    })();
    expect(events.some((e) => e.kind === "adopted")).toBe(true);
  }, 400_000);

  it("refuses to go on unasked without a page, and takes --resume as the operator's act", async () => {
    bench.newData();
    await bench.run(["--headless", "--iterations", "9"]);
    await bench.until("depletion", true);
    await kill("SIGKILL");
    await bench.dark();
    const args = ["run", "--headless", "--json", "--config", bench.config, "--data", bench.data];
    const refused = await stedloop([...args, "--iterations", "1"]);
    expect([refused.code, refused.err]).toEqual([
      1,
      expect.stringMatching(/without putting the light out.*--resume/s),
    ]);
    const first = (await stedloop(["runs", "--json", "--data", bench.data])).out
      .trim()
      .split("\n")[0] as string;
    const { run, iterations } = JSON.parse(first) as { run: string; iterations: number };
    // A machine that stalls trips the light, rightly; then a person resumes once more.
    let resumed = await stedloop([...args, "--iterations", String(iterations + 1), "--resume", run]);
    for (let again = 0; again < 2 && resumed.err.includes("the rig went dark"); again++) {
      expect([resumed.code, resumed.err.includes("ADOPTION")], resumed.err).toEqual([1, false]);
      resumed = await stedloop([...args, "--iterations", String(iterations + 1), "--resume", run]);
    }
    expect([resumed.code, resumed.err.includes("ADOPTION")], resumed.err).toEqual([0, false]);
  });

  it("shows a device that does not answer with its reason, brings up the rest, and makes no light", async () => {
    bench.newData();
    await bench.fault("laser640", "frozen");
    const page = await bench.run();
    const state = await eventually(
      async () => {
        const s = await get(page);
        return s.state === "paused" ? s : null;
      },
      100,
      60_000,
    );
    expect(state.alert).toMatch(/laser640/);
    expect(state.rig.light.find((l) => l.name === "laser640")).toMatchObject({ on: true, confirmed: false });
    expect(state.rig.light.find((l) => l.name === "depletion")).toMatchObject({ on: false, confirmed: true });
    expect(await bench.emits("depletion")).toBe(false);
    await bench.clear("laser640", "frozen");
    // It comes back by itself, dark; light needs a person.
    await eventually(
      async () => ((await get(page)).rig.light.find((l) => l.name === "laser640")?.confirmed ? true : null),
      100,
      60_000,
    );
    expect((await get(page)).state).toBe("paused");
    expect(await post(page, "resume")).toBe(200);
    await bench.until("laser640", true);
    await kill("SIGTERM");
  });

  const good = (): string => readFileSync(bench.config, "utf8");
  const odd = new FakeMpb();
  odd.twist = (command) => (command.startsWith("GETPOWERSETPTLIM") ? "3000 99\rD >" : null);
  afterAll(() => odd.device.unplug());
  const refused: readonly {
    name: string;
    change: (config: string) => string;
    says: readonly RegExp[];
    /** Fault of the depletion laser, or of `of`, meanwhile. */
    fault?: string;
    of?: string;
  }[] = [
    {
      name: "an unknown firmware",
      change: (c) => c,
      fault: "unknown-firmware",
      of: "laser640",
      says: [
        /light\.1 \(line 6\)/,
        /laser640: its firmware 'ZED-2000-01' is not one/,
        /acceptFirmware: "ZED-2000-01"/,
      ],
    },
    {
      name: "a wrong baud rate",
      change: (c) => c,
      fault: "wrong-baud",
      says: [/light\.0 \(line 5\)/, /depletion/, /9600 baud/],
    },
    {
      name: "a reply out of range",
      change: (c) => c.replace(bench.port("depletion"), odd.device.path),
      says: [/light\.0 \(line 5\)/, /depletion: it reports power limits 3000 … 99 mW/],
    },
    {
      name: "a table without units",
      change: (c) => c.replace("depletion.csv", "bare.csv"),
      says: [/bare\.csv/, /line 2: .*units/],
    },
    {
      name: "a set-point without its unit",
      change: (c) => c.replace("powerMw: 20", "power: 20"),
      says: [/line 6/, /power/, /did you mean 'powerMw'/],
    },
    {
      name: "two sources that are one channel of one box",
      change: (c) =>
        c.replace("device: cobolt-06", "device: aa-mpds, channel: 1").replace("tty-laser640", "tty-aotf"),
      says: [/line 7/, /and channel 1: 'laser640' and 'aotf'/],
    },
    {
      name: "a wrong port",
      change: (c) => c.replace("tty-laser640", "tty-none"),
      says: [/light\.1 \(line 6\)/, /laser640/],
    },
    {
      name: "another device on the port",
      change: (c) => c.replace("device: mpb-vfl", "device: cobolt-06"),
      says: [/light\.0 \(line 5\)/, /depletion/],
    },
    {
      name: "an unknown kind of device",
      change: (c) => c.replace("device: mpb-vfl", "device: mpb-vlf"),
      says: [/mpb-vlf/, /did you mean|mpb-vfl/],
    },
    {
      name: "another unit than configured",
      change: (c) => c.replace("role: depletion", "serialNumber: X1, role: depletion"),
      says: [/light\.0 \(line 5\)/, /serial number/],
    },
    {
      name: "two sources of one name",
      change: (c) => c.replace("name: laser640", "name: depletion"),
      says: [/line 6/, /two light sources are called 'depletion'/],
    },
    {
      name: "two sources on one port",
      change: (c) => c.replace("tty-laser640", "tty-depletion"),
      says: [/line 6/, /on port/],
    },
    {
      name: "no set-point for a laser behind an aotf",
      change: (c) => c.replace(", powerMw: 20", ""),
      says: [/laser640 has no set-point/, /line 6/],
    },
    {
      name: "no table at all",
      change: (c) => c.replace(", calibration: aotf.csv", ""),
      says: [/carries the excitation power/],
    },
    {
      name: "a table that is not monotone",
      change: (c) => c.replace("depletion.csv", "bad.csv"),
      says: [/bad\.csv/, /line 4: not monotone/],
    },
    {
      name: "a table beyond the device",
      change: (c) => c.replace("depletion.csv", "far.csv"),
      says: [/light\.0 \(line 5\)/, /above the device's own/],
    },
    {
      name: "a limit above the device's own",
      change: (c) => c.replace("safety.yaml", "loose.yaml"),
      says: [/sources\.laser640\.maxMw is 5000 mW/, /line 6/],
    },
    {
      name: "a source without an entry",
      change: (c) => c.replace("safety.yaml", "poor.yaml"),
      says: [/no entry for 'aotf'/],
    },
  ];
  it.each(refused)("refuses $name at start, with the line", async ({ change, says, fault, of }) => {
    if (fault !== undefined) await bench.fault(of ?? "depletion", fault);
    writeFileSync(join(bench.folder, "bare.csv"), "# 2026-11-01, 775, x\nset,power\n100,20\n200,30\n");
    writeFileSync(join(bench.folder, "bad.csv"), "# 2026-11-01, 775, x\nset,mWAtSample\n100,20\n200,10\n");
    writeFileSync(join(bench.folder, "far.csv"), "# 2026-11-01, 775, x\nset,mWAtSample\n100,20\n99000,250\n");
    const safety = readFileSync(join(bench.folder, "safety.yaml"), "utf8");
    writeFileSync(
      join(bench.folder, "loose.yaml"),
      safety.replace("laser640: {maxMw: 50}", "laser640: {maxMw: 5000}"),
    );
    writeFileSync(join(bench.folder, "poor.yaml"), safety.replace(/ {2}aotf: .*\n/, ""));
    const config = join(bench.folder, "changed.yaml");
    writeFileSync(config, change(good()));
    const { code, err } = await stedloop([
      "run",
      "--headless",
      "--iterations",
      "1",
      "--config",
      config,
      "--data",
      tempFolder(),
    ]);
    for (const word of says) expect(err).toMatch(word);
    expect(code).toBe(2);
    expect(await bench.emits("depletion")).toBe(false);
  });
});
