import { abortedSchema, faultLine } from "../schemas.js";
import type { Bench } from "./bench.js";
import type { Check } from "./check.js";
import { dark } from "./frames.js";
import type { Answer } from "./probe.js";
import { CheckFailed, demand } from "./verdict.js";

/** An acquisition under way: some seconds long, with at least one frame behind it. */
interface Running {
  readonly id: string;
  readonly answer: Promise<Answer>;
  /** Id of a frame that was finished, where events told of one. */
  readonly firstFrame: string | null;
}
const aWhileMs = 3000;
/** An acquisition that is over sooner by itself cannot show whether stopping works: that may take 500 ms. */
const enoughMs = 1500;
const tooFast = "acquisitions are too fast here to be stopped in the middle";

/** Runs `work` in the middle of an acquisition, with the owner's lease kept. */
async function midway(
  bench: Bench,
  id: string,
  work: (running: Running) => Promise<string>,
): Promise<string> {
  await bench.ready();
  if (bench.longestMs < enoughMs) return tooFast;
  const began = bench.clock.monotonic();
  const from = bench.events?.events.length ?? 0;
  let tookMs = Number.POSITIVE_INFINITY;
  const steps = bench.longSteps(aWhileMs);
  const answer = bench.kept(bench.a, bench.start(bench.a, steps, {}, { id })).finally(() => {
    tookMs = bench.clock.monotonic() - began;
  });
  answer.catch(() => undefined);
  try {
    return await work({ id, answer, firstFrame: await firstFrame(bench, from) });
  } catch (error) {
    const frames = (await answer.catch(() => null))?.result.frames;
    const ranOut = Array.isArray(frames) && frames.length === steps.length;
    if (ranOut && tookMs < enoughMs) return tooFast;
    throw error;
  }
}

/** Waits until a frame is done. @returns its id where events tell */
async function firstFrame(bench: Bench, from: number): Promise<string | null> {
  const waitMs = 1.5 * bench.longFrameMs + 50;
  if (bench.events === null) {
    await bench.clock.sleep(waitMs);
    return null;
  }
  const seen = await bench.events.until((e) => e.topic.startsWith("frame."), waitMs + 500, from);
  return typeof seen?.header?.frameId === "string" ? seen.header.frameId : null;
}

async function endsWith(bench: Bench, running: Running, cause: string, sinceMs: number): Promise<string> {
  const answer = await running.answer;
  const took = bench.clock.monotonic() - sinceMs;
  demand(!answer.ok, `the acquisition ran to its end in spite of ${cause}`);
  demand(
    answer.code === "ABORTED",
    `the acquisition was answered ${answer.code} after ${cause}; it must be ABORTED`,
  );
  demand(
    took <= bench.promptMs,
    `the acquisition ended ${Math.round(took)} ms after ${cause}; it must be 500 ms`,
  );
  const details = abortedSchema.safeParse(answer.details);
  if (!details.success) throw new CheckFailed(`ABORTED: ${faultLine(details.error, "details")}`);
  demand(details.data.cause === cause, `details.cause is '${details.data.cause}'; it must be '${cause}'`);
  const frames = bench.withPixels(details.data.frames, answer.pixels, running.id);
  const { firstFrame } = running;
  const has = firstFrame === null || frames.some((f) => f.descriptor.frameId === firstFrame);
  demand(has, "ABORTED must bring the frames that were finished");
  await dark(bench, `after ${cause}`);
  return `ABORTED after ${Math.round(took)} ms with ${frames.length} frames`;
}

const abort: Check = {
  name: "abort",
  run: async (bench) => {
    const none = await bench.must(bench.b, "abort");
    demand(none.aborted.length === 0, "'abort' with nothing under way must answer {aborted: []}");
    if (!bench.capabilities.concurrent) return "nothing to abort; concurrent: false, so not in mid-frame";
    return midway(bench, "rig-check-abort", async (running) => {
      const other = await bench.must(bench.a, "abort", { id: "rig-check-another" });
      demand(other.aborted.length === 0, "'abort' of another id must leave the acquisition alone");
      const since = bench.clock.monotonic();
      const { aborted } = await bench.must(bench.b, "abort", { id: running.id });
      demand(
        aborted.includes(running.id),
        `'abort' must list what it ended; it says ${JSON.stringify(aborted)}`,
      );
      const says = await endsWith(bench, running, "abort", since);
      const { state } = await bench.must(bench.a, "status");
      demand(state === "idle", `after 'abort' the state is '${state}', not 'idle'`);
      return says;
    });
  },
};

const safeDuring: Check = {
  name: "safeDuring",
  run: async (bench) => {
    if (!bench.capabilities.concurrent) return "concurrent: false: not in mid-frame";
    return midway(bench, "rig-check-safe", async (running) => {
      const since = bench.clock.monotonic();
      const { light } = await bench.must(bench.b, "safe", { reason: "rig-check in mid-acquisition" });
      const took = bench.clock.monotonic() - since;
      demand(
        took <= bench.promptMs,
        `'safe' took ${Math.round(took)} ms during an acquisition; it must be 500 ms`,
      );
      demand(
        light.every((source) => !source.on),
        "'safe' was answered with light on",
      );
      const says = await endsWith(bench, running, "safe", since);
      demand((await bench.must(bench.a, "status")).state === "safe", "after 'safe' the state must be 'safe'");
      return says;
    });
  },
};

const concurrent: Check = {
  name: "concurrent",
  run: async (bench) => {
    if (!bench.capabilities.concurrent) return "concurrent: false: no answer is expected in mid-acquisition";
    return midway(bench, "rig-check-concurrent", async (running) => {
      let slowest = 0;
      for (const method of ["heartbeat", "status"] as const) {
        const answer = await bench.a.ask(method);
        demand(answer.ok, `'${method}' was refused during an acquisition: ${answer.code}`);
        const { state } = bench.shaped(method, answer);
        demand(
          answer.ms <= bench.promptMs,
          `'${method}' took ${Math.round(answer.ms)} ms; it must be 500 ms`,
        );
        demand(state === "acquiring", `during an acquisition '${method}' says '${state}'`);
        slowest = Math.max(slowest, answer.ms);
      }
      const steps = bench.longSteps(1);
      await bench.refused("a second 'acquire' during the first", "BUSY", bench.a.ask("acquire", { steps }));
      await bench.refused("a bad 'acquire' during another", "BUSY", bench.a.ask("acquire", { steps: "all" }));
      await bench.must(bench.a, "abort");
      await running.answer;
      return `heartbeat and status within ${Math.round(slowest)} ms, a second acquire BUSY`;
    });
  },
};

export const stoppingChecks: readonly Check[] = [abort, safeDuring, concurrent];
