import { parseEndpoint } from "../endpoint.js";
import { protocolWord } from "../schemas.js";
import type { Check } from "./check.js";
import { demand } from "./verdict.js";

/** Checks that need no light: who is there, and what is not understood. */
const hello: Check = {
  name: "hello",
  run: async (bench) => {
    const first = bench.hello;
    demand(first.protocol === protocolWord, `protocol is '${first.protocol}', not '${protocolWord}'`);
    const names = first.capabilities.parameters.map((spec) => spec.name);
    demand(new Set(names).size === names.length, "a parameter is listed twice");
    for (const { name, min, max, default: given } of first.capabilities.parameters) {
      demand(min < max, `parameter ${name}: min ${min} is not below max ${max}`);
      demand(
        given === undefined || (given >= min && given <= max),
        `parameter ${name}: its default is out of range`,
      );
    }
    if (first.events !== null) parseEndpoint(first.events);
    const params = { client: "rig-check", version: "1", colour: "blue" };
    const extra = { colour: "blue" };
    const late = await bench.must(bench.a, "hello", params, { expiresAt: 1, extra });
    demand(late.start === first.start, "'start' changed between two hellos");
    await bench.clock.sleep(300);
    const sentAt = bench.clock.monotonic();
    const later = await bench.must(bench.a, "hello", params);
    const passed = bench.clock.monotonic() - sentAt + 300;
    const told = later.now - late.now;
    const steady = told >= 200 && told <= passed + 150;
    demand(steady, `'now' must be milliseconds: it went on by ${told} in some ${Math.round(passed)} ms`);
    demand(late.leaseMs === first.leaseMs, "'leaseMs' changed between two hellos");
    const { rig, server, leaseMs } = first;
    return `${rig.vendor} ${rig.name} by ${server.name} ${server.version}, lease ${leaseMs} ms`.trim();
  },
};

const status: Check = {
  name: "status",
  run: async (bench) => {
    const seen = await bench.must(bench.b, "status");
    demand(seen.state === "idle", `the state is '${seen.state}' with nobody at work`);
    demand((seen.owner ?? null) === null, "there is an owner with nobody at work");
    const lit = seen.light.filter((source) => source.on).map((source) => source.name);
    demand(lit.length === 0, `${lit.join(", ")} is on with nothing being acquired`);
    const beat = await bench.must(bench.b, "heartbeat");
    demand(beat.leaseMs === bench.leaseMs, `heartbeat says leaseMs ${beat.leaseMs}, hello ${bench.leaseMs}`);
    demand(beat.state === "idle", `heartbeat says '${beat.state}', status 'idle'`);
    demand(
      Math.abs(beat.now - bench.b.serverNow()) < 1000,
      "'now' of heartbeat and hello differ by more than 1 s",
    );
    return `idle, dark, ${seen.light.length} sources`;
  },
};

const unknownMethod: Check = {
  name: "unknownMethod",
  run: async (bench) => {
    await bench.refused("the method 'fly'", "UNKNOWN_METHOD", bench.a.ask("fly", { high: true }));
    if (!bench.capabilities.focus) {
      const asked = bench.a.ask("focus", { rangeUm: 1 });
      await bench.refused("'focus' of a rig without it", "UNKNOWN_METHOD", asked);
    }
    return "refused, named UNKNOWN_METHOD";
  },
};

const version: Check = {
  name: "version",
  run: async (bench) => {
    const over = { word: "stedrig/99", anyId: true };
    const asked = bench.a.ask("hello", { client: "rig-check", version: "1" }, over);
    const answer = await bench.refused("the protocol word 'stedrig/99'", "UNSUPPORTED_VERSION", asked);
    const { supported } = answer.details;
    const listed = Array.isArray(supported) && supported.includes(protocolWord);
    demand(listed, `UNSUPPORTED_VERSION must list '${protocolWord}' in details.supported`);
    const light = bench.a.ask("safe", { reason: "rig-check" }, { ...over, word: "HTTP/1.1" });
    await bench.refused("another protocol's message", "UNSUPPORTED_VERSION", light);
    await bench.must(bench.a, "status");
    return `supports ${(supported as unknown[]).join(", ")}`;
  },
};

export const wordChecks: readonly Check[] = [hello, status, unknownMethod, version];
