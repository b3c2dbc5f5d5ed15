import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { curveKeyPair, Dealer, Subscriber } from "zeromq";
import { checkNames, checkRig, newKeys, serveRig, ZeromqRig } from "../../drivers/zeromq/index.js";
import { clientKeys } from "../../drivers/zeromq/keys.js";
import { type Denied, toZ85 } from "../../drivers/zeromq/server/guard.js";
import { ConfigError, ConnectError, UsageError } from "../../src/core/index.js";
import { FakeBackend } from "./fake-backend.js";

const open: { close(): unknown }[] = [];
const folders: string[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "stedloop-keys-"));
  folders.push(path);
  return path;
}
const wild = "tcp://127.0.0.1:*";
const posix = process.platform !== "win32";

async function guarded() {
  const keys = folder();
  const { serverKey } = newKeys(keys);
  const denied: Denied[] = [];
  const server = await serveRig(new FakeBackend({ lineMs: 1 }), {
    bind: wild,
    events: wild,
    leaseMs: 500,
    curve: { keys },
    onDenied: (who) => denied.push(who),
  });
  open.push(server);
  return { keys, serverKey, server, denied };
}
function rigOf(commands: string, curve?: { serverKey?: string; keys: string }): ZeromqRig {
  const rig = new ZeromqRig({ commands, ...(curve === undefined ? {} : { curve }), connectTimeoutMs: 4000 });
  open.push(rig);
  return rig;
}

describe("keys", () => {
  it("are files that only their owner reads, and are never overwritten", () => {
    const keys = folder();
    const { serverKey, files } = newKeys(keys);
    expect(serverKey).toMatch(/^.{40}$/);
    expect(files.length).toBe(8);
    for (const name of ["server.key", "controller.key", "viewer.key"]) {
      if (posix) expect(statSync(join(keys, name)).mode & 0o777).toBe(0o600);
    }
    const before = readFileSync(join(keys, "server.key"), "utf8");
    expect(() => newKeys(keys)).toThrow(UsageError);
    expect(readFileSync(join(keys, "server.key"), "utf8")).toBe(before);
    expect(clientKeys(keys).serverKey).toBe(serverKey);
  });

  it("are refused with the file's name when they are open to others, missing or none", () => {
    const keys = folder();
    newKeys(keys);
    const path = join(keys, "controller.key");
    if (posix) {
      chmodSync(path, 0o644);
      expect(() => clientKeys(keys)).toThrow(
        expect.objectContaining({ where: path, hint: expect.stringContaining("chmod 600") }),
      );
      chmodSync(path, 0o600);
    }
    expect(() => clientKeys(keys, "short")).toThrow(ConfigError);
    writeFileSync(path, "hello");
    expect(() => clientKeys(keys)).toThrow(expect.objectContaining({ code: "BAD_KEY", where: path }));
    rmSync(path);
    expect(() => clientKeys(keys)).toThrow(expect.objectContaining({ code: "KEY_MISSING", where: path }));
  });

  it("are written in Z85 as ZeroMQ RFC 32 says", () => {
    // The test case of the RFC.
    expect(toZ85(Uint8Array.from([0x86, 0x4f, 0xd2, 0x6f, 0xb5, 0x59, 0xf7, 0x5b]))).toBe("HelloWorld");
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => /^.{40}$/.test(toZ85(bytes))),
    );
  });
});

describe("a rig with keys", () => {
  it("serves a known controller, events included, and passes rig-check", async () => {
    const { keys, serverKey, server } = await guarded();
    const rig = rigOf(server.commands, { serverKey, keys });
    const beat = new Promise<void>((resolve) => rig.subscribe((e) => e.type === "state" && resolve()));
    await rig.open();
    await rig.region({ move: "next" });
    await beat;
    await rig.release();
    const report = await checkRig(server.commands, { curve: { keys } });
    expect(report.checks.filter((c) => !c.ok)).toEqual([]);
    expect(report.passed).toBe(checkNames.length);
  });

  it("refuses an unknown key, tells of it once, and goes on serving", async () => {
    const { keys, serverKey, server, denied } = await guarded();
    const stranger = folder();
    newKeys(stranger);
    // The owner hears of it, whose daemon journals it.
    const owner = rigOf(server.commands, { serverKey, keys });
    const told: string[] = [];
    owner.subscribe((e) => e.type === "fault" && told.push(`${e.fault.code} ${e.fault.source}`));
    await owner.open();
    const listening = new Promise<void>((resolve) => owner.subscribe((e) => e.type === "state" && resolve()));
    await owner.region({ move: "next" });
    await listening;
    await owner.release();
    const error = await rigOf(server.commands, { serverKey, keys: stranger })
      .open()
      .catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ConnectError);
    expect(error).toMatchObject({ code: "KEY_REFUSED" });
    await rigOf(server.commands, { serverKey, keys: stranger })
      .open()
      .catch(() => undefined);
    expect(told).toEqual(["KEY_REFUSED 127.0.0.1"]);
    expect(denied).toEqual([
      { address: "127.0.0.1", domain: "commands", key: clientKeys(stranger).publicKey, count: 1 },
    ]);
    expect((await rigOf(server.commands, { serverKey, keys }).open()).rig.name).toBe("fake");
  });

  it("takes a key that is added while it runs", async () => {
    const { keys, serverKey, server } = await guarded();
    const second = folder();
    newKeys(second);
    cpSync(join(second, "controller.pub"), join(keys, "controllers", "second.pub"));
    expect((await rigOf(server.commands, { serverKey, keys: second }).open()).rig.name).toBe("fake");
  });

  it("answers nobody without keys or with another rig's key", async () => {
    const { keys, server } = await guarded();
    await expect(rigOf(server.commands).open()).rejects.toMatchObject({ code: "KEY_REFUSED" });
    const wrong = { serverKey: curveKeyPair().publicKey, keys };
    await expect(rigOf(server.commands, wrong).open()).rejects.toBeInstanceOf(ConnectError);
  });

  it("lets a viewer listen, and only that", async () => {
    const { keys, server } = await guarded();
    const viewer = clientKeys(keys, undefined, "viewer");
    const curve = {
      curveServerKey: viewer.serverKey,
      curvePublicKey: viewer.publicKey,
      curveSecretKey: viewer.secretKey,
    };
    const events = new Subscriber({ linger: 0, ...curve });
    open.push(events);
    events.connect(server.events ?? "");
    events.subscribe("beat");
    const [topic] = await events.receive();
    expect(String(topic)).toBe("beat");
    const commands = new Dealer({ linger: 0, ...curve });
    open.push(commands);
    const refused = new Promise<number>((resolve) =>
      commands.events.on("handshake:error:auth", (e) => resolve(e.error.status)),
    );
    commands.connect(server.commands);
    expect(await refused).toBe(400);
  });

  it("may be bound off loopback", async () => {
    const keys = folder();
    newKeys(keys);
    const server = await serveRig(new FakeBackend(), {
      bind: "tcp://0.0.0.0:*",
      events: "tcp://0.0.0.0:*",
      leaseMs: 500,
      curve: { keys },
    });
    open.push(server);
    expect(server.commands).toMatch(/^tcp:\/\/0\.0\.0\.0:\d+$/);
    const rig = rigOf(server.commands.replace("0.0.0.0", "127.0.0.1"), { keys });
    const heard = new Promise<void>((resolve) => rig.subscribe((e) => e.type === "state" && resolve()));
    await rig.open();
    await rig.region({ move: "next" });
    // `hello.events` carries the wildcard host; the client listens at the command host.
    await heard;
  });
});
