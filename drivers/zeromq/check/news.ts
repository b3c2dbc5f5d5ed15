import { eventBodies, eventHeaderSchema, faultLine } from "../schemas.js";
import type { Bench } from "./bench.js";
import type { Check } from "./check.js";
import type { LoggedEvent } from "./event-log.js";
import { CheckFailed, demand } from "./verdict.js";

type Body = keyof typeof eventBodies;

/** Everything published during the whole test is judged at its end. */
const events: Check = {
  name: "events",
  run: async (bench) => {
    if (bench.events === null) {
      demand(
        !bench.capabilities.observe,
        "capabilities.observe without events: there is no observe mode then",
      );
      return "none published (events: null)";
    }
    const from = bench.events.events.length;
    await bench.events.until((e) => e.topic === "beat", 2500, from);
    const all = bench.events.events;
    const first = all[0];
    const last = all.at(-1);
    demand(first !== undefined && last !== undefined, "nothing was published, not even a beat in 2.5 s");
    const seqs = all.map((event) => headerOf(bench, event));
    for (const [i, seq] of seqs.entries()) {
      const before = seqs[i - 1];
      const gap = before !== undefined && seq !== before + 1;
      demand(
        !gap,
        `seq goes from ${before} to ${seq} (${all[i - 1]?.topic}, ${all[i]?.topic}): one counter over all topics, without gaps`,
      );
    }
    checkBeats(bench, all, (last.at - first.at) / 1000);
    checkFrames(bench, all);
    const states = new Set(all.filter((e) => e.topic === "state").map((e) => e.header?.state));
    for (const state of ["acquiring", "safe", "idle"]) {
      demand(states.has(state), `the rig was ${state}, but no 'state' event said so`);
    }
    if (bench.capabilities.progress) {
      demand(
        all.some((e) => e.topic === "progress"),
        "capabilities.progress is true, but there was no 'progress' event",
      );
    }
    const topics = [...new Set(all.map((e) => e.topic))].sort().join(", ");
    return `${all.length} without a gap: ${topics}`;
  },
};

function headerOf(bench: Bench, event: LoggedEvent): number {
  const header = eventHeaderSchema.safeParse(event.header);
  if (!header.success)
    throw new CheckFailed(`a '${event.topic}' event: ${faultLine(header.error, "header")}`);
  const { seq, start, topic } = header.data;
  demand(topic === event.topic, `the header of a '${event.topic}' event says topic '${topic}'`);
  demand(start === bench.hello.start, `a '${topic}' event has another 'start' than hello`);
  const name = topic.startsWith("frame.") ? "frame" : topic;
  if (Object.hasOwn(eventBodies, name)) {
    const body = eventBodies[name as Body].safeParse(event.header);
    if (!body.success) throw new CheckFailed(`a '${topic}' event: ${faultLine(body.error)}`);
  }
  return seq;
}

function checkBeats(bench: Bench, all: readonly LoggedEvent[], seconds: number): void {
  const beats = all.filter((e) => e.topic === "beat");
  demand(beats.length > 0, "there was no 'beat'");
  if (!bench.capabilities.concurrent) return;
  const gaps = beats.slice(1).map((e, i) => e.at - (beats[i]?.at ?? 0));
  gaps.sort((a, b) => a - b);
  const usual = gaps[gaps.length >> 1] ?? 1000;
  demand(usual > 700 && usual < 1500, `a 'beat' came every ${Math.round(usual)} ms; it must be 1 a second`);
  demand(
    beats.length > 0.5 * seconds - 1,
    `${beats.length} beats in ${Math.round(seconds)} s; it must be 1 a second`,
  );
}

function checkFrames(bench: Bench, all: readonly LoggedEvent[]): void {
  const byId = new Map(all.filter((e) => e.topic.startsWith("frame.")).map((e) => [e.header?.frameId, e]));
  for (const { descriptor, hash, request } of bench.taken.values()) {
    const { frameId, frameSeq, kind } = descriptor;
    const event = byId.get(frameId);
    demand(
      event !== undefined,
      `frame ${frameSeq} was answered, but no event told of it by the same frameId`,
    );
    demand(event.topic === `frame.${kind}`, `frame ${frameSeq} is ${kind}, its topic '${event.topic}'`);
    demand(
      event.pixelHashes.length === 1,
      `the event of frame ${frameSeq} has ${event.pixelHashes.length} pixel parts`,
    );
    demand(
      event.pixelHashes[0] === hash,
      `frame ${frameSeq} has other pixels in its event than in its answer`,
    );
    demand(
      event.header?.origin === "request",
      `frame ${frameSeq} was asked for, its origin says '${event.header?.origin}'`,
    );
    const named = event.header?.request;
    const right = named === undefined || named === null || named === request;
    demand(right, `frame ${frameSeq}: its event names request '${named}', it came with '${request}'`);
    const told = event.header?.frameSeq;
    demand(told === frameSeq, `frame ${frameSeq} has frameSeq ${told} in its event`);
  }
}

export const newsChecks: readonly Check[] = [events];
