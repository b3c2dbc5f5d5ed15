import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import {
  closeSync,
  constants,
  existsSync,
  lstatSync,
  openSync,
  readFileSync,
  readlinkSync,
  readSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { SerialPort } from "serialport";
import { afterEach, describe, expect, it } from "vitest";
import { ended, eventually, stedloop, tempFolder } from "../cli/command-line.js";
import { type DeviceProcess, startDevice } from "./device.js";
import { pythonWith } from "./python.js";

const open: DeviceProcess[] = [];
afterEach(async () => {
  for (const device of open.splice(0)) await device.stop();
});
async function device(kind: string, ...args: string[]): Promise<DeviceProcess> {
  const started = await startDevice(kind, args);
  open.push(started);
  return started;
}

/** Opens by node serialport, sends, hears until `end`, closes. */
async function ask(path: string, command: string, end: string, baudRate = 9600): Promise<string> {
  const port = new SerialPort({ path, baudRate, autoOpen: false });
  await new Promise<void>((resolve, reject) => port.open((e) => (e ? reject(e) : resolve())));
  try {
    return await talk(port, command, end);
  } finally {
    await new Promise<void>((resolve) => port.close(() => resolve()));
  }
}
function talk(port: SerialPort, command: string, end: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let heard = "";
    const timer = setTimeout(() => reject(new Error(`heard only '${heard}'`)), 5000);
    port.on("data", (bytes: Buffer) => {
      heard += bytes.toString("latin1");
      if (!heard.endsWith(end)) return;
      clearTimeout(timer);
      port.removeAllListeners("data");
      resolve(heard);
    });
    port.write(Buffer.from(command, "latin1"));
  });
}

const windows = process.platform === "win32";
if (windows) console.log("skipped: Windows has no pseudo-terminals, device-sim says so");

describe.skipIf(windows)("device-sim as a process", () => {
  it("talks to node serialport at any rate, outlives many openings and keeps its state", async () => {
    const sim = await device("mpb-vfl");
    expect(sim.path).toMatch(/^\/dev\//);
    for (const [i, baud] of [9600, 115_200, 500_000, 1200, 57_600].entries()) {
      expect(await ask(sim.path, `setpower 0 ${200 + i}\r`, " >", baud)).toBe("\rD >");
      expect(await ask(sim.path, "getpower 0\r", " >", baud)).toBe(`${200 + i}\rD >`);
    }
    expect(await ask(sim.path, "setldenable 1\r", " >")).toBe("\rD >");
    await eventually(async () => ((await sim.order({ status: true })).status?.open ? null : true));
    expect((await sim.order({ status: true })).status).toMatchObject({
      emission: true,
      powerMw: 204,
      open: false,
    });
  });

  it("takes a plain open: raw, no echo of its own, nothing stale for the next one", async () => {
    const sim = await device("sc10");
    const flags = constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK;
    const fd = openSync(sim.path, flags);
    writeSync(fd, "id?\r");
    const buffer = Buffer.alloc(200);
    const heard = await eventually(async () => {
      try {
        return buffer.toString("latin1", 0, readSync(fd, buffer));
      } catch {
        return null;
      }
    }, 5);
    expect(heard).toBe("id?\rTHORLABS SC10 VERSION 1.07\r> ");
    writeSync(fd, "id?\rid?\r");
    await eventually(
      async () => ((await sim.order({ status: true })).status?.commands === 3 ? true : null),
      5,
    );
    closeSync(fd);
    await eventually(async () => ((await sim.order({ status: true })).status?.open ? null : true), 5);
    const next = openSync(sim.path, flags);
    expect(() => readSync(next, buffer)).toThrow("EAGAIN");
    closeSync(next);
  });

  it("a client that never reads does not hold it up", async () => {
    const sim = await device("aa-mpds");
    const fd = openSync(sim.path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
    let sent = 0;
    for (let i = 0; i < 400; i++) {
      try {
        sent += writeSync(fd, "S\r");
      } catch {
        await sim.order({ status: true });
      }
    }
    expect(sent).toBeGreaterThan(300);
    // Sent faster than the device looks: what it has not heard when the port closes, the next client would get.
    await eventually(async () => ((await sim.order({ status: true })).status?.open ? true : null), 5);
    const { status } = await sim.order({ status: true });
    expect(status?.emission).toBe(false);
    closeSync(fd);
    await eventually(async () => ((await sim.order({ status: true })).status?.open ? null : true), 5);
    expect(await ask(sim.path, "L1\r", "\n\r")).toBe("l1F80.000P0.0S0\n\r");
  });

  it("--link: made, refuses a file and a stranger's link, replaces a stale one, removed at the end", async () => {
    const folder = tempFolder();
    const link = join(folder, "laser");
    writeFileSync(link, "a file");
    const refused = await stedloop(["device-sim", "obis", "--link", link]);
    expect(refused.code).toBe(2);
    expect(refused.err).toMatch(/laser: a file is there; it is not overwritten/);
    expect(readFileSync(link, "utf8")).toBe("a file");
    const strangers = join(folder, "stranger");
    symlinkSync("/dev/ttyUSB0", strangers);
    expect((await stedloop(["device-sim", "obis", "--link", strangers])).code).toBe(2);
    const stale = join(folder, "stale");
    symlinkSync("/dev/pts/99999", stale);
    const sim = await device("obis", "--link", stale);
    expect(readlinkSync(stale)).toBe(sim.path);
    expect(await ask(stale, "SYST:INF:MOD?\r", "OK\r\n")).toBe("OBIS 640-100C\r\nOK\r\n");
    expect(await sim.stop()).toBe(0);
    expect(existsSync(stale)).toBe(false);
    expect(() => lstatSync(stale)).toThrow("ENOENT");
  });

  it("unplug and replug: the client gets a hang-up, the link comes back, the light stayed as it was", async () => {
    const link = join(tempFolder(), "laser");
    const sim = await device("mpb-vfl", "--link", link);
    const port = new SerialPort({ path: link, baudRate: 9600, autoOpen: false });
    await new Promise<void>((resolve, reject) => port.open((e) => (e ? reject(e) : resolve())));
    await talk(port, "setldenable 1\r", " >");
    const closed = new Promise<{ disconnected?: boolean } | null>((resolve) => port.once("close", resolve));
    expect(await sim.order({ fault: "unplug" })).toMatchObject({ ok: true, path: null });
    // serialport does not always say so: where read() gives nothing after an unplug it reads again for ever.
    const silent = new Promise<"silent">((resolve) => setTimeout(resolve, 5000, "silent"));
    const heard = await Promise.race([closed, silent]);
    if (heard !== "silent") expect(heard?.disconnected).toBe(true);
    port.destroy();
    expect(existsSync(link)).toBe(false);
    expect(await sim.emission()).toBe(true);
    const back = await sim.order({ clear: "unplug" });
    expect(readlinkSync(link)).toBe(back.path);
    expect(await ask(link, "getldenable\r", " >")).toBe("1\rD >");
  });

  it("unplug by script in the middle of an answer, back after its time with another unit's number", async () => {
    const folder = tempFolder();
    const link = join(folder, "laser");
    const script = join(folder, "faults.yaml");
    writeFileSync(
      script,
      "- {at: {command: 2}, fault: unplug, for: 0.3}\n- {at: {command: 2}, fault: other-unit}\n",
    );
    const sim = await device("mpb-vfl", "--link", link, "--faults", script);
    expect(await ask(link, "getsn\r", " >")).toBe("VFL1001\rD >");
    const port = new SerialPort({ path: link, baudRate: 9600, autoOpen: false });
    await new Promise<void>((resolve, reject) => port.open((e) => (e ? reject(e) : resolve())));
    let heard = "";
    port.on("data", (bytes: Buffer) => {
      heard += bytes.toString("latin1");
    });
    const closed = new Promise((resolve) => port.once("close", resolve));
    port.write("getsn\r");
    // serialport does not always say so: where read() gives nothing after an unplug it reads again for ever. The link is gone then.
    await Promise.race([closed, eventually(async () => (existsSync(link) ? null : true))]);
    if (port.isOpen) port.close(() => undefined);
    expect("VFL1002\rD >".startsWith(heard)).toBe(true);
    await eventually(async () => (existsSync(link) ? true : null));
    expect(await ask(link, "getsn\r", " >")).toBe("VFL1002\rD >");
    expect((await sim.order({ status: true })).status?.faults).toEqual(["other-unit"]);
  });

  it("orders: faults, clearing, the truth beside what the wire says, mistakes answered by a line", async () => {
    const sim = await device("cobolt-06", "--seed", "7");
    expect(await ask(sim.path, "sn?\r", "\n")).toBe("11007\r\n");
    expect(await sim.order({ fault: "status-lies", id: 1 })).toMatchObject({
      ok: true,
      id: 1,
      faults: ["status-lies"],
    });
    await ask(sim.path, "@cob1\r", "\n");
    await sim.order({ fault: "stuck-on" });
    await ask(sim.path, "l0\r", "\n");
    expect(await ask(sim.path, "l?\r", "\n")).toBe("0\r\n");
    expect(await sim.emission()).toBe(true);
    expect(await sim.order({ clear: "all" })).toMatchObject({ ok: true, faults: [] });
    expect(await sim.emission()).toBe(false);
    expect(await sim.order({ fault: "stuck-onn", id: "x" })).toMatchObject({
      id: "x",
      error: { code: "UNKNOWN_NAME", message: "unknown fault 'stuck-onn' (did you mean 'stuck-on'?)" },
    });
    expect(await sim.order("not json")).toMatchObject({ error: { code: "BAD_ORDER" } });
    expect(await sim.order({ fault: "echo", foor: 3 })).toMatchObject({ error: { code: "BAD_ORDER" } });
  });

  it("the end of stdin ends nothing; a signal does, with 0", async () => {
    const sim = await device("katana");
    sim.child.stdin?.end();
    expect(await ask(sim.path, "lp?\n", "\n")).toBe("lp=0.100\n");
    expect(await sim.stop()).toBe(0);
    expect(existsSync(sim.path)).toBe(false);
  });

  it("--log holds every byte with its direction and the openings", async () => {
    const log = join(tempFolder(), "log.jsonl");
    const sim = await device("oxxius", "--log", log);
    await ask(sim.path, "?sta\n", "\n");
    await eventually(async () => ((await sim.order({ status: true })).status?.open ? null : true));
    await sim.stop();
    const lines = readFileSync(log, "utf8")
      .trim()
      .split("\n")
      .map((l) => JSON.parse(l) as Record<string, unknown>);
    expect(lines.map((l) => l.event ?? `${l.dir} ${l.text}`)).toEqual([
      "plugged in",
      "opened",
      "in ?sta\n",
      "out 2\r\n",
      "closed",
      "unplugged",
    ]);
  });

  it.each([
    [["device-sim", "mpb-vlf"], /unknown device 'mpb-vlf' \(did you mean 'mpb-vfl'\?\)/],
    [["device-sim", "obis", "--faults", "/nowhere.yaml"], /\/nowhere\.yaml: cannot be read/],
    [["device-sim", "obis", "--seed", "x"], /--seed/],
    [["device-sim", "obis", "--link", "/nowhere/laser"], /\/nowhere\/laser: cannot be made/],
    [["device-sim", "obis", "--log", "/nowhere/log"], /\/nowhere\/log: cannot be written/],
    [["device-sim"], /kind/],
  ])("%j is wrong use: said plainly, exit 2", async (args, line) => {
    const { code, out, err } = await stedloop(args);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err.split("\n")[0]).toMatch(line);
    expect(err).not.toMatch(/ at .*\.js/);
  });

  it("faults list shows rigs' and devices' faults", async () => {
    const { code, out } = await stedloop(["faults", "list", "--json"]);
    const faults = out
      .trim()
      .split("\n")
      .map((l) => JSON.parse(l) as { name: string; of: string; devices?: string[] });
    expect(code).toBe(0);
    expect(faults.find((f) => f.name === "frame-drop")).toMatchObject({ of: "rig" });
    expect(faults.find((f) => f.name === "unplug")?.devices).toHaveLength(10);
    expect(faults.find((f) => f.name === "ad-hoc-lines")).toMatchObject({ of: "device", devices: ["luxx"] });
    const { out: text } = await stedloop(["faults", "list"]);
    expect(text.trim().split("\n")).toHaveLength(faults.length);
  });
});

const python = windows ? "no pseudo-terminals" : pythonWith("pyserial", ["pyserial"], ["serial"]);
if (python.startsWith("no ")) console.log(`skipped: ${python}; pyserial is not tried`);

describe.skipIf(python.startsWith("no "))("pyserial", () => {
  const script = join(import.meta.dirname, "fixtures", "pyserial_client.py");

  it("converses, closes and opens again", async () => {
    const sim = await device("mpb-vfl");
    for (let i = 0; i < 3; i++) {
      const out = execFileSync(
        python,
        [script, sim.path, " >", "getsn\\r", `setpower 0 ${300 + i}\\r`, "getpower 0\\r"],
        {
          input: "",
        },
      );
      expect(
        out
          .toString()
          .trim()
          .split("\n")
          .map((l) => JSON.parse(l)),
      ).toEqual(["VFL1001\rD >", "\rD >", `${300 + i}\rD >`]);
    }
  });

  it("a client killed with the port open leaves the light on and the port usable", async () => {
    const sim = await device("luxx");
    for (let i = 0; i < 5; i++) {
      const client: ChildProcess = spawn(python, [script, sim.path, "\\r", "?LOn\\r"], {
        stdio: ["pipe", "pipe", "inherit"],
      });
      const first = await new Promise<string>((resolve) =>
        createInterface({ input: client.stdout as NodeJS.ReadableStream }).once("line", resolve),
      );
      expect(JSON.parse(first)).toBe("!LOn>\r");
      client.kill("SIGKILL");
      await ended(client);
      expect(await sim.emission()).toBe(true);
    }
    expect(await ask(sim.path, "?LOf\r", "\r")).toBe("!LOf>\r");
    expect(await sim.emission()).toBe(false);
  });
});

it("docs/device-simulators.md shows the faults as they are", async () => {
  const text = readFileSync(join(import.meta.dirname, "../../docs/device-simulators.md"), "utf8");
  const { out } = await stedloop(["faults", "list", "--json"]);
  const rows = out
    .trim()
    .split("\n")
    .map((l) => JSON.parse(l) as { name: string; of: string; what: string; devices?: string[] })
    .filter((f) => f.of === "device")
    .map(
      (f) => `| \`${f.name}\` | ${f.what} | ${f.devices?.length === 10 ? "all" : f.devices?.join(", ")} |`,
    );
  expect(text.trimEnd().split("\n").slice(-rows.length)).toEqual(rows);
});
