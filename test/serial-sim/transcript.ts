/**
 * Plays a conversation, written down as text from a device's facts, against the simulated device on a virtual clock.
 *
 *     # what is shown
 *     > setldenable 1\r          the client sends (\r \n \0 \xA7 as escapes)
 *     < \rD >                    the device has answered exactly this since the last line of either kind
 *     <                          … or nothing
 *     ! fault interlock-open     also: fault NAME for=3, clear NAME, wait 3, open
 *     = emission=true powerMw=500   the truth
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { FaultEntry } from "../../drivers/faults/index.js";
import type { DeviceModel, Truth } from "../../drivers/serial/sim/device.js";
import { FaultBoard } from "../../drivers/serial/sim/fault-board.js";
import { faultsOf } from "../../drivers/serial/sim/index.js";
import { Session } from "../../drivers/serial/sim/session.js";
import { RandomStream, VirtualClock } from "../../src/core/index.js";

export interface Bench {
  readonly clock: VirtualClock;
  readonly board: FaultBoard;
  readonly session: Session;
  readonly hangUps: () => number;
  /** What came since the last look, latin-1. */
  heard(): string;
  /** Sends and hears at once. */
  ask(text: string): string;
  truth(): Truth;
}

/** A device without a port: the same session, faults and device as behind the pseudo-terminal. */
export function bench(model: DeviceModel, seed = 1, entries: readonly FaultEntry[] = []): Bench {
  const clock = new VirtualClock();
  let out = "";
  let hangUps = 0;
  const board: FaultBoard = new FaultBoard({
    known: faultsOf(model),
    entries,
    clock,
    seed,
    changed: (fault, active, forS) => session.changed(fault, active, forS),
  });
  const device = model.create({
    clock,
    random: RandomStream.of(seed, "device"),
    faults: board,
    say: (text) => session.say(text),
    unit: () => 1001 + (board.active("other-unit") ? 1 : 0),
  });
  const session = new Session({
    model,
    device,
    board,
    clock,
    random: RandomStream.of(seed, "line"),
    send: (bytes) => {
      out += bytes.toString("latin1");
    },
    hangUp: () => {
      hangUps++;
    },
  });
  const heard = (): string => {
    const text = out;
    out = "";
    return text;
  };
  return {
    clock,
    board,
    session,
    hangUps: () => hangUps,
    heard,
    ask(text) {
      session.received(Buffer.from(text, "latin1"));
      return heard();
    },
    truth: () => device.truth(),
  };
}

/** Plays test/serial-sim/transcripts/<name>.txt; a failure names its line. */
export async function play(model: DeviceModel, name: string): Promise<void> {
  const file = `${name}.txt`;
  const text = readFileSync(join(import.meta.dirname, "transcripts", file), "utf8");
  const on = bench(model);
  for (const [i, line] of text.split("\n").entries()) {
    const where = `${file}:${i + 1} ${line}`;
    const rest = unescaped(line.slice(2));
    if (line.startsWith(">")) {
      // What was said before and not looked at does not count as this command's answer.
      on.heard();
      on.session.received(Buffer.from(rest, "latin1"));
    } else if (line.startsWith("<")) expect(on.heard(), where).toBe(rest);
    else if (line.startsWith("!")) await order(on, rest);
    else if (line.startsWith("=")) truths(on.truth(), rest, where);
    else expect(line === "" || line.startsWith("#"), where).toBe(true);
  }
}

async function order(on: Bench, text: string): Promise<void> {
  const [verb = "", name = "", ...options] = text.split(" ");
  const option = (key: string): number | undefined => {
    const found = options.find((o) => o.startsWith(`${key}=`));
    return found === undefined ? undefined : Number(found.slice(key.length + 1));
  };
  if (verb === "fault") on.board.raise(name, option("for"), option("commands"));
  else if (verb === "clear") on.board.clear(name);
  else if (verb === "wait") await on.clock.advance(Number(name) * 1000);
  else if (verb === "open") on.session.opened();
  else throw new Error(`no order '${text}'`);
}

function truths(truth: Truth, text: string, where: string): void {
  const flat: Record<string, unknown> = { ...truth, ...truth.registers };
  for (const pair of text.split(" ")) {
    const [key = "", value] = pair.split("=");
    const is = flat[key];
    const shown = typeof is === "number" ? Number(is.toFixed(3)) : is;
    expect(`${key}=${String(shown)}`, where).toBe(`${key}=${value}`);
  }
}

function unescaped(text: string): string {
  return text.replace(/\\(r|n|0|x([0-9A-Fa-f]{2}))/g, (_, code: string, hex?: string) =>
    hex !== undefined
      ? String.fromCharCode(Number.parseInt(hex, 16))
      : code === "r"
        ? "\r"
        : code === "n"
          ? "\n"
          : "\0",
  );
}
