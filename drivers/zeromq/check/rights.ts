import { randomUUID } from "node:crypto";
import { busySchema, faultLine } from "../schemas.js";
import type { Bench } from "./bench.js";
import type { Check } from "./check.js";
import { dark } from "./frames.js";
import type { Answer } from "./probe.js";
import { withoutExposure } from "./refusals.js";
import { CheckFailed, demand } from "./verdict.js";

const idempotency: Check = {
  name: "idempotency",
  run: async (bench) => {
    await bench.ready();
    if (bench.capabilities.regions === "next") {
      const id = randomUUID();
      const [first, again] = [await bench.move(bench.a, { id }), await bench.move(bench.a, { id })];
      demand(first.id === again.id, "a repeated 'region' moved a second time");
      const status = await bench.must(bench.b, "status");
      demand(status.region?.id === first.id, "a repeated 'region' moved a second time");
    }
    const steps = [bench.step("confocal", bench.small, 50)];
    const id = randomUUID();
    await withoutExposure(bench, "nothing", async () => undefined);
    const before = [...bench.taken.values()].at(-1)?.descriptor.frameSeq ?? 0;
    const both = await bench.kept(
      bench.a,
      Promise.all([0, 1].map(() => bench.start(bench.a, steps, bench.small, { id }))),
    );
    await bench.clock.sleep(20);
    const later = await bench.start(bench.a, steps, bench.small, { id });
    const late = await bench.start(bench.a, steps, bench.small, {
      id,
      expiresAt: bench.a.serverNow() - 5000,
    });
    const answers: [string, Answer | undefined][] = [
      ["while it was under way", both[1]],
      ["after it was answered", later],
      ["past its expiresAt", late],
    ];
    const wanted = summary(bench, both[0]);
    for (const [when, answer] of answers) {
      const got = summary(bench, answer);
      demand(
        got === wanted,
        `a request repeated ${when} must get the first answer; it got ${got}, first was ${wanted}`,
      );
    }
    const after = await bench.acquire(bench.a, steps, bench.small);
    const seq = after[0]?.descriptor.frameSeq ?? 0;
    const said = `frameSeq went from ${before} to ${seq}`;
    demand(seq === before + 2 || bench.capabilities.observe, `a repeated acquisition exposed again: ${said}`);
    const published =
      bench.events?.events.filter((e) => e.header?.request === id && e.topic.startsWith("frame.")) ?? [];
    demand(
      published.length <= 1,
      `a repeated acquisition exposed again: ${published.length} frames were published`,
    );
    return "repeats get the first answer, in flight and later; exposed once";
  },
};

function summary(bench: Bench, answer: Answer | undefined): string {
  if (answer === undefined) return "nothing";
  if (!answer.ok) return `${answer.code} ${answer.message}`;
  return bench
    .framesOf("acquire", answer)
    .map((f) => `frame ${f.descriptor.frameSeq} (${f.descriptor.frameId}, pixels ${f.hash.slice(0, 8)})`)
    .join(", ");
}

const ownership: Check = {
  name: "ownership",
  run: async (bench) => {
    await bench.claim(bench.a);
    const steps = [bench.step("confocal", bench.small, 20)];
    const tries: [string, object][] = [
      ["acquire", { steps, ...bench.small }],
      ["region", bench.moveParams()],
      ["resume", {}],
      ["release", {}],
      ...(bench.capabilities.focus ? [["focus", { rangeUm: 1 }] as [string, object]] : []),
    ];
    for (const [method, params] of tries) {
      const no = await bench.refused(
        `'${method}' of a session that does not own the rig`,
        "BUSY",
        bench.b.ask(method, params),
      );
      const details = busySchema.safeParse(no.details);
      if (!details.success)
        throw new CheckFailed(`BUSY of '${method}': ${faultLine(details.error, "details")}`);
      const { owner, leaseLeftMs } = details.data;
      demand(typeof owner === "string", `BUSY of '${method}' must name the owner in details`);
      demand(
        leaseLeftMs > 0 && leaseLeftMs <= bench.leaseMs,
        `BUSY says leaseLeftMs ${leaseLeftMs} of ${bench.leaseMs}`,
      );
    }
    await bench.must(bench.b, "hello", { client: "rig-check", version: "1" });
    for (const method of ["heartbeat", "status", "abort"] as const) await bench.must(bench.b, method);
    const seen = await bench.must(bench.b, "status");
    demand((seen.owner ?? null) !== null, "status does not name the owner");
    await bench.claim(bench.a);
    await bench.must(bench.a, "release");
    const released = await bench.must(bench.b, "status");
    demand((released.owner ?? null) === null, "there is still an owner after 'release'");
    demand(released.state !== "safe", "'release' must not go to safe");
    await bench.claim(bench.b);
    await bench.refused("the former owner's 'region'", "BUSY", bench.a.ask("region", bench.moveParams()));
    await bench.must(bench.a, "safe", { reason: "rig-check: another session's" });
    await dark(bench, "after 'safe' of another session");
    return "others are BUSY with owner and leaseLeftMs; safe is everybody's; release frees";
  },
};

const safeState: Check = {
  name: "safeState",
  run: async (bench) => {
    await bench.ready();
    const steps = [bench.step("confocal", bench.small, 20)];
    await bench.must(bench.a, "resume");
    demand(
      (await bench.must(bench.a, "heartbeat")).state === "idle",
      "'resume' outside safe must change nothing",
    );
    for (let i = 0; i < 2; i++) {
      const { light } = await bench.must(bench.a, "safe", { reason: "rig-check" });
      const lit = light.filter((source) => source.on || !source.confirmed).map((source) => source.name);
      demand(lit.length === 0, `'safe' was answered though ${lit.join(", ")} is not confirmed dark`);
    }
    for (const probe of [bench.a, bench.b]) {
      const { state } = await bench.must(probe, "heartbeat");
      demand(state === "safe", `after 'safe' the state is '${state}'`);
    }
    await dark(bench, "after 'safe'");
    await bench.refused("'acquire' in safe", "SAFE_STATE", bench.a.ask("acquire", { steps, ...bench.small }));
    await bench.refused("a bad 'acquire' in safe", "SAFE_STATE", bench.a.ask("acquire", { steps: "all" }));
    await bench.must(bench.a, "resume");
    demand((await bench.must(bench.a, "status")).state === "idle", "'resume' must lead from safe to idle");
    await bench.acquire(bench.a, steps, bench.small);
    return "dark and confirmed, acquire refused until resumed";
  },
};

const order: Check = {
  name: "order",
  run: async (bench) => {
    const late = { expiresAt: bench.a.serverNow() - 5000 };
    const word = { word: "stedrig/99", anyId: true };
    await bench.claim(bench.a);
    await bench.refused(
      "an unknown method of another version",
      "UNSUPPORTED_VERSION",
      bench.a.ask("fly", {}, { ...late, ...word }),
    );
    await bench.refused("an expired unknown method", "EXPIRED", bench.a.ask("fly", {}, late));
    await bench.refused("another session's unknown method", "UNKNOWN_METHOD", bench.b.ask("fly"));
    await bench.refused("another session's bad 'acquire'", "BUSY", bench.b.ask("acquire", { steps: "all" }));
    const first = bench.capabilities.parameters[0];
    if (first !== undefined) {
      const good = bench.step(
        bench.capabilities.kinds.includes("sted") ? "sted" : "confocal",
        bench.small,
        20,
        true,
      );
      const high = { ...good, settings: { ...good.settings, [first.name]: first.max * 2 + 1 } };
      const bad = { ...good, settings: { ...good.settings, [first.name]: "much" } };
      const asked = bench.a.ask("acquire", { steps: [high, bad], ...bench.small });
      await bench.refused("a step out of range before a bad one", "BAD_PARAMS", asked);
    }
    return "version, expired, unknown, owner, then parameters";
  },
};

export const rightsChecks: readonly Check[] = [idempotency, ownership, safeState, order];
