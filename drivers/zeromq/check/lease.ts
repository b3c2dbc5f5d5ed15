import { abortedSchema, faultLine, type Method } from "../schemas.js";
import type { Bench } from "./bench.js";
import type { Check } from "./check.js";
import type { Answer } from "./probe.js";
import { CheckFailed, demand } from "./verdict.js";

/** Lateness of the rig's own timer that is let pass, ms. */
const slackMs = 800;

const lease: Check = {
  name: "lease",
  run: async (bench) => {
    await bench.ready();
    await bench.claim(bench.a);
    for (const method of ["status", "heartbeat"] as const) await isRenewedBy(bench, method);
    const { concurrent } = bench.capabilities;
    const steps = concurrent
      ? bench.longSteps(2 * bench.leaseMs + 2000)
      : [bench.step("confocal", bench.small, 20, true)];
    let answered: Answer | null = null;
    let tookMs = Number.POSITIVE_INFINITY;
    const began = bench.clock.monotonic();
    const acquiring = bench.start(bench.a, steps, concurrent ? {} : bench.small).then((answer) => {
      answered = answer;
      tookMs = bench.clock.monotonic() - began;
      return answer;
    });
    acquiring.catch(() => undefined);
    if (!concurrent) await acquiring;
    const silentSince = bench.a.lastSentAt;
    const lapsedAfter = await watchSilence(bench, silentSince, () => answered);
    const after = await bench.must(bench.b, "status");
    demand((after.owner ?? null) === null, "after a lapsed lease there is still an owner");
    const lit = after.light.filter((source) => source.on).map((source) => source.name);
    demand(lit.length === 0, `the lease lapsed and ${lit.join(", ")} is still on`);
    const says = concurrent ? ended(bench, answered ?? (await acquiring), tookMs) : "between acquisitions";
    await bench.refused(
      "'acquire' after the lease lapsed",
      "SAFE_STATE",
      bench.a.ask("acquire", { steps: bench.longSteps(1) }),
    );
    return `safe ${Math.round(lapsedAfter)} ms after the owner's last message (lease ${bench.leaseMs} ms), ${says}`;
  },
};

/** For more than a lease only `method` is sent by the owner: it must stay the owner. */
async function isRenewedBy(bench: Bench, method: Method): Promise<void> {
  const until = bench.clock.monotonic() + 1.25 * bench.leaseMs;
  while (bench.clock.monotonic() < until) {
    const answer = await bench.a.ask(method);
    demand(answer.ok, `'${method}' was refused: ${answer.code}`);
    await bench.clock.sleep(bench.leaseMs / 3);
  }
  const { state, owner } = await bench.must(bench.b, "status");
  const says = `any valid message of the owner renews its lease, but with '${method}' alone`;
  demand(state !== "safe", `${says} the rig went to safe`);
  demand((owner ?? null) !== null, `${says} it lost the rig`);
}

/** Only the other session speaks, which renews nothing. @returns ms from the owner's last message to `safe` */
async function watchSilence(bench: Bench, since: number, answered: () => Answer | null): Promise<number> {
  const { leaseMs, clock } = bench;
  for (;;) {
    const { state } = await bench.must(bench.b, "heartbeat");
    const silence = clock.monotonic() - since;
    const early = state === "safe" ? null : answered();
    const refused = early !== null && !early.ok && early.code !== "ABORTED";
    demand(!refused, `the acquisition was refused: ${early?.code} ${early?.message}`);
    if (state === "safe") {
      demand(
        silence >= 0.8 * leaseMs,
        `the rig went safe ${Math.round(silence)} ms after the owner's last message`,
      );
      return silence;
    }
    const late = `${Math.round(silence)} ms after the owner's last message the rig is not safe (lease ${leaseMs} ms)`;
    demand(
      silence <= leaseMs + slackMs + bench.rttMs,
      `${late}; another session's messages must not renew it`,
    );
    await clock.sleep(Math.min(100, leaseMs / 10));
  }
}

function ended(bench: Bench, answer: Answer, tookMs: number): string {
  if (answer.ok) {
    bench.framesOf("acquire", answer);
    const short = tookMs < bench.leaseMs;
    demand(short, "the acquisition ran to its end though its owner's lease lapsed");
    return "between acquisitions (they are too fast here)";
  }
  demand(
    answer.code === "ABORTED",
    `the acquisition was answered ${answer.code} after the lease lapsed, not ABORTED`,
  );
  const details = abortedSchema.safeParse(answer.details);
  if (!details.success) throw new CheckFailed(`ABORTED: ${faultLine(details.error, "details")}`);
  demand(details.data.cause === "lease", `details.cause is '${details.data.cause}'; it must be 'lease'`);
  bench.withPixels(details.data.frames, answer.pixels, answer.id ?? "");
  return "the acquisition ABORTED with its frames so far";
}

export const leaseChecks: readonly Check[] = [lease];
