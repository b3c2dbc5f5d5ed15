/** A simulated rig in a process of its own, and an eye on its light that no daemon knows of. */
import { randomUUID } from "node:crypto";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { Dealer } from "zeromq";
import { pause, type Running, stedloop } from "./processes.js";

const protocol = "stedrig/1";
/** A rig that draws a frame on a busy machine answers late; the watch of the light takes that into account. */
const answerMs = 30_000;

/** What was seen of the light since a moment, ms after it. */
export interface DarkWatch {
  /** When the last question was asked that was answered with "on": until then there was light. null: none was. */
  readonly litMs: number | null;
  /** When the first answer "off" was there: from then on it was dark. null: never in the time given. */
  readonly darkMs: number | null;
  /** The longest that this process was kept from running meanwhile; the rig's process may have waited as long. */
  readonly lagMs: number;
}

/**
 * What a watch proves of a limit. `doubtful`: neither that it was dark in time nor that it was not, because answers came
 * late or the machine held processes back for longer than the light was late. Pure.
 */
export function darkVerdict(
  { litMs, darkMs, lagMs }: DarkWatch,
  limitMs: number,
): "dark" | "lit" | "doubtful" {
  if (darkMs !== null && darkMs <= limitMs) return "dark";
  return litMs !== null && litMs - limitMs > lagMs ? "lit" : "doubtful";
}

/** The rig's lease of 3 s, and what its answer may take: dark by then after a death. */
export const darkWithinMs = 3500;

export interface RigProcess {
  readonly commands: string;
  readonly events: string;
  /** Whether any depletion or excitation source is on. @throws where the rig does not answer */
  lit(): Promise<boolean>;
  /** Asks until no source is on, or `patienceMs` have gone by. */
  untilDark(patienceMs: number): Promise<DarkWatch>;
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
      const ended = this.running.ended.then(({ code, signal, err }) => {
        throw new Error(`the rig ended with ${code ?? signal}: ${err.slice(-300)}`);
      });
      const answered = socket.receive().catch((cause: Error) => {
        throw new Error(`the rig did not say within ${answerMs / 1000} s whether its light is on`, { cause });
      });
      const [, answer] = await Promise.race([answered, ended]);
      const { result } = JSON.parse(String(answer)) as { result: { light: { on: boolean }[] } };
      return result.light.some((source) => source.on);
    } finally {
      socket.close();
    }
  }

  async untilDark(patienceMs: number): Promise<DarkWatch> {
    const lag = monitorEventLoopDelay({ resolution: 10 });
    lag.enable();
    const start = performance.now();
    let litMs: number | null = null;
    let darkMs: number | null = null;
    while (darkMs === null) {
      const askedMs = performance.now() - start;
      if (askedMs > patienceMs) break;
      if (await this.lit()) {
        litMs = askedMs;
        await pause(20);
      } else darkMs = performance.now() - start;
    }
    lag.disable();
    return { litMs, darkMs, lagMs: lag.max / 1e6 };
  }

  async kill(): Promise<void> {
    this.running.child.kill("SIGKILL");
    await this.running.ended;
  }
}
