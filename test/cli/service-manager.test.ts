import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, it } from "vitest";
import { serviceManager } from "../../src/cli/daemon/service-manager.js";
import { VirtualClock } from "../../src/core/index.js";

const receiver = `
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("ready", flush=True)
while True:
    text = " ".join(s.recv(4096).decode().split())
    # systemd-notify asks afterwards whether the words were read.
    if text != "BARRIER=1":
        print(text, flush=True)
`;

function missing(): string | null {
  for (const [program, args] of [
    ["systemd-notify", ["--version"]],
    ["python3", ["--version"]],
  ] as const) {
    try {
      execFileSync(program, args, { stdio: "ignore" });
    } catch {
      return `${program} is not here`;
    }
  }
  return null;
}
const why = missing();
if (why !== null) console.log(`skipped: ${why}`);
const quiet = { warn: () => undefined } as never;

describe("a service manager", () => {
  it.skipIf(why !== null)(
    "hears through a real socket that the daemon is ready, turns and stops",
    async () => {
      const socket = join(mkdtempSync(join(tmpdir(), "notify-")), "socket");
      const child = spawn("python3", ["-c", receiver, socket], { stdio: ["ignore", "pipe", "inherit"] });
      try {
        const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
        const next = async (): Promise<string> => String((await lines.next()).value);
        expect(await next()).toBe("ready");
        const clock = new VirtualClock();
        const manager = serviceManager(clock, quiet, { NOTIFY_SOCKET: socket, WATCHDOG_USEC: "10000000" });
        manager.ready("run r1");
        expect(await next()).toMatch(/READY=1.*STATUS=run r1/);
        await clock.advance(5_000);
        expect(await next()).toMatch(/WATCHDOG=1/);
        manager.stopping();
        expect(await next()).toMatch(/STOPPING=1/);
      } finally {
        child.kill();
      }
    },
    30_000,
  );

  it("that is not there is told nothing", () => {
    const clock = new VirtualClock();
    const manager = serviceManager(clock, quiet, {});
    manager.ready("run");
    manager.stopping();
  });
});
