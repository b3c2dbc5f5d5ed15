/** A simulated rig in a process of its own, and an eye on its light that no daemon knows of. */
import { randomUUID } from "node:crypto";
import { Dealer } from "zeromq";
import { pause, type Running, stedloop } from "./processes.js";

const protocol = "stedrig/1";
const answerMs = 5000;

export interface RigProcess {
  readonly commands: string;
  readonly events: string;
  /** Whether any depletion or excitation source is on. @throws where the rig does not answer */
  lit(): Promise<boolean>;
  /** Milliseconds until no source is on; null when that takes longer than `patienceMs`. */
  untilDark(patienceMs: number): Promise<number | null>;
  kill(): Promise<void>;
}

/** @param at addresses of an earlier life, else any free ports */
export async function startRig(
  options: { readonly seed: number; readonly firstRegion: number; readonly timeScale: number },
  at?: { readonly commands: string; readonly events: string },
): Promise<RigProcess> {
  const running = stedloop([
    "rig",
    ...["--bind", at?.commands ?? "tcp://127.0.0.1:*", "--events", at?.events ?? "tcp://127.0.0.1:*"],
    ...["--seed", String(options.seed), "--first-region", String(options.firstRegion)],
    ...["--time-scale", String(options.timeScale)],
  ]);
  const { commands, events } = JSON.parse(await running.firstLine) as { commands: string; events: string };
  return new Watched(running, commands, events);
}

class Watched implements RigProcess {
  constructor(
    private readonly running: Running,
    readonly commands: string,
    readonly events: string,
  ) {}

  async lit(): Promise<boolean> {
    const socket = new Dealer({ linger: 0, receiveTimeout: answerMs });
    try {
      socket.connect(this.commands);
      const header = {
        id: randomUUID(),
        method: "status",
        params: {},
        expiresAt: Date.now() + 60_000,
        session: randomUUID(),
      };
      await socket.send([protocol, JSON.stringify(header)]);
      const [, answer] = await socket.receive();
      const { result } = JSON.parse(String(answer)) as { result: { light: { on: boolean }[] } };
      return result.light.some((source) => source.on);
    } finally {
      socket.close();
    }
  }

  async untilDark(patienceMs: number): Promise<number | null> {
    const start = performance.now();
    for (;;) {
      const asked = performance.now() - start;
      if (!(await this.lit())) return asked;
      if (performance.now() - start > patienceMs) return null;
      await pause(20);
    }
  }

  async kill(): Promise<void> {
    this.running.child.kill("SIGKILL");
    await this.running.ended;
  }
}
