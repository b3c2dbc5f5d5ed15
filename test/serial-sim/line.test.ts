import { describe, expect, it } from "vitest";
import { parseFaultScript } from "../../drivers/faults/index.js";
import { mpbVfl } from "../../drivers/serial/mpb-vfl/sim.js";
import { CommandReader } from "../../drivers/serial/sim/command-reader.js";
import { FaultBoard } from "../../drivers/serial/sim/fault-board.js";
import { faultsOf } from "../../drivers/serial/sim/index.js";
import { VirtualClock } from "../../src/core/index.js";
import { bench } from "./transcript.js";

const query = "getpowersetptlim 0\r";
const answer = "99 3050\rD >";

describe("what goes wrong on the line", () => {
  it("chunked: the same bytes, in pieces of at most three, over milliseconds", async () => {
    const on = bench(mpbVfl);
    on.board.raise("chunked");
    const pieces = [on.ask(query)];
    while (pieces.join("").length < answer.length) {
      await on.clock.advance(1);
      pieces.push(on.heard());
      expect(on.clock.monotonic()).toBeLessThan(500);
    }
    expect(pieces.join("")).toBe(answer);
    expect(Math.max(...pieces.map((p) => p.length))).toBeLessThanOrEqual(3);
    expect(on.clock.monotonic()).toBeGreaterThan(3);
  });

  it("a command may come in pieces, and several at once", () => {
    const on = bench(mpbVfl);
    expect(on.ask("getpower")).toBe("");
    expect(on.ask("setptlim 0")).toBe("");
    expect(on.ask("\r")).toBe(answer);
    expect(on.ask("getldenable\rgetpower 0\r")).toBe("0\rD >99\rD >");
  });

  it("reply-late: the answer comes after 2 s, and the next one behind it", async () => {
    const on = bench(mpbVfl);
    on.board.raise("reply-late", undefined, 1);
    expect(on.ask(query)).toBe("");
    await on.clock.advance(1000);
    expect(on.ask("getldenable\r")).toBe("");
    await on.clock.advance(999);
    expect(on.heard()).toBe("");
    await on.clock.advance(1);
    expect(on.heard()).toBe(`${answer}0\rD >`);
    expect(on.ask(query)).toBe(answer);
  });

  it("reply-lost: done, not answered; command-lost: not done", () => {
    const on = bench(mpbVfl);
    on.board.raise("reply-lost", undefined, 1);
    expect(on.ask("setpower 0 500\r")).toBe("");
    expect(on.truth().setPointMw).toBe(500);
    on.board.raise("command-lost", undefined, 1);
    expect(on.ask("setpower 0 700\r")).toBe("");
    expect(on.truth().setPointMw).toBe(500);
    expect(on.ask("getpower 0\r")).toBe("500\rD >");
  });

  it("reply-cut and garbage", () => {
    const on = bench(mpbVfl);
    on.board.raise("reply-cut", undefined, 1);
    expect(on.ask(query)).toBe(answer.slice(0, 5));
    on.board.raise("garbage", undefined, 1);
    const noisy = on.ask(query);
    expect(noisy.endsWith(answer)).toBe(true);
    expect(noisy.length).toBe(answer.length + 6);
    expect(on.ask(query)).toBe(answer);
  });

  it("garbage-at-open greets whoever opens", () => {
    const on = bench(mpbVfl);
    on.session.opened();
    expect(on.heard()).toBe("");
    on.board.raise("garbage-at-open");
    on.session.opened();
    expect(on.heard()).toHaveLength(24);
  });

  it("wrong-baud: nothing is understood, noise comes back", async () => {
    const on = bench(mpbVfl);
    on.board.raise("wrong-baud");
    on.ask("setldenable 1\r");
    await on.clock.advance(10);
    expect(on.heard()).toHaveLength("setldenable 1\r".length);
    expect(on.truth().emission).toBe(false);
    on.board.clear("wrong-baud");
    expect(on.ask(query)).toBe(answer);
  });

  it("frozen: light stays as it is, nothing is done, what was sent meanwhile is lost", () => {
    const on = bench(mpbVfl);
    on.ask("setldenable 1\r");
    on.board.raise("frozen");
    expect(on.ask("setldenable 0\r")).toBe("");
    expect(on.truth().emission).toBe(true);
    on.board.clear("frozen");
    expect(on.ask("getldenable\r")).toBe("1\rD >");
  });

  it("unplug: at a command in the middle of its answer, by a word at once", () => {
    const on = bench(mpbVfl);
    on.board.raise("unplug");
    expect(on.hangUps()).toBe(1);
    const scripted = scriptedBench("- {at: {command: 2}, fault: unplug, for: 1}");
    expect(scripted.ask(query)).toBe(answer);
    expect(scripted.ask(query)).toBe(answer.slice(0, 6));
    expect(scripted.hangUps()).toBe(1);
  });

  it("other-unit states another serial number", () => {
    const on = bench(mpbVfl);
    expect(on.ask("getsn\r")).toBe("VFL1001\rD >");
    on.board.raise("other-unit");
    expect(on.ask("getsn\r")).toBe("VFL1002\rD >");
  });

  it("a fault given a time ends with it", async () => {
    const on = bench(mpbVfl);
    on.board.raise("reply-lost", 2);
    expect(on.ask(query)).toBe("");
    expect(on.ask(query)).toBe("");
    await on.clock.advance(2000);
    expect(on.ask(query)).toBe(answer);
  });
});

describe("fault scripts of devices", () => {
  const names = Object.keys(faultsOf(mpbVfl));

  it("a fault of one command strikes one command, a condition stays, one with a time ends", async () => {
    const on = scriptedBench(
      "- {at: {command: 2}, fault: reply-lost}\n- {at: {s: 5}, fault: interlock-open, for: 2}\n- {at: {s: 20}, fault: reply-lost}",
    );
    expect([on.ask(query), on.ask(query), on.ask(query)]).toEqual([answer, "", answer]);
    await on.clock.advance(5000);
    expect(on.truth().interlock).toBe("open");
    await on.clock.advance(2000);
    expect(on.truth().interlock).toBe("closed");
    await on.clock.advance(13_000);
    expect([on.ask(query), on.ask(query)]).toEqual(["", answer]);
  });

  it("a rate strikes about its share of the commands, the same ones for the same seed", () => {
    const strikes = (): string[] => {
      const on = scriptedBench("- {rate: 0.25, fault: reply-lost}");
      return Array.from({ length: 200 }, () => on.ask(query));
    };
    const lost = strikes().filter((a) => a === "").length;
    expect(lost).toBeGreaterThan(30);
    expect(lost).toBeLessThan(70);
    expect(strikes()).toEqual(strikes());
  });

  it.each([
    [
      "- {at: {s: 1}, fault: interlock-opened}",
      "f.yaml:1: unknown fault 'interlock-opened' (did you mean 'interlock-open'?)",
    ],
    ["\n- {at: {frame: 3}, fault: echo}", "f.yaml:2: at: there is no 'frame' here (at takes s or command)"],
    ["- {fault: echo}", "f.yaml:1: give either 'at' or 'rate'"],
    ["- {at: {s: 1}, fault: frame-drop}", /f\.yaml:1: unknown fault 'frame-drop'/],
  ])("%s is refused with its line", (text, message) => {
    expect(() => {
      try {
        parseFaultScript(text, "f.yaml", names, ["s", "command"]);
      } catch (thrown) {
        throw new Error((thrown as { line: string }).line);
      }
    }).toThrow(message);
  });
});

describe("commands out of bytes", () => {
  const commands = (
    model: { ends: string; empty?: boolean; atOnce?: (b: string) => boolean },
    text: string,
  ) => new CommandReader(model).push(Buffer.from(text, "latin1"));

  it.each([
    ["CR, LF and CR LF are each one end", { ends: "\r\n" }, "a\rb\nc\r\nd\n\re\r", ["a", "b", "c", "d", "e"]],
    ["an empty command counts where a shell answers it", { ends: "\r\n", empty: true }, "\r\n\r\n", ["", ""]],
    [
      "some act at their last character",
      { ends: "\r", atOnce: (b: string) => b === "M" },
      "ML1\r",
      ["M", "L1"],
    ],
    [
      "an endless one is thrown away",
      { ends: "\r" },
      `${"x".repeat(5000)}\rok\r`,
      ["x".repeat(5000 - 4 * 1025), "ok"],
    ],
  ])("%s", (_, model, text, want) => expect(commands(model, text)).toEqual(want));
});

function scriptedBench(text: string): ReturnType<typeof bench> {
  const names = Object.keys(faultsOf(mpbVfl));
  return bench(mpbVfl, 1, parseFaultScript(text, "f.yaml", names, ["s", "command"]));
}

it("a board knows only the faults of its device", () => {
  const board = new FaultBoard({
    known: faultsOf(mpbVfl),
    entries: [],
    clock: new VirtualClock(),
    seed: 1,
    changed: () => undefined,
  });
  expect(() => board.raise("ad-hoc-lines")).toThrow("unknown fault");
  expect(() => board.clear("toString")).toThrow("unknown fault");
});
