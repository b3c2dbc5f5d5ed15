import { randomUUID } from "node:crypto";
import type { Bench, TakenFrame } from "./bench.js";
import type { Check } from "./check.js";
import { comparePlacement, looksSwapped } from "./placement.js";
import { demand } from "./verdict.js";

const acquire: Check = {
  name: "acquire",
  run: async (bench) => {
    await bench.ready();
    const began = bench.clock.monotonic();
    const [probe] = await bench.acquire(bench.a, [bench.step("confocal", bench.small, 20)], bench.small);
    bench.smallMs = bench.clock.monotonic() - began;
    if (bench.region === null && probe !== undefined) {
      bench.region = (await bench.must(bench.a, "status")).region;
    }
    const steps = [...bench.capabilities.kinds, ...bench.capabilities.kinds.slice(0, 1)].map((kind) =>
      bench.step(kind),
    );
    const sent = bench.clock.monotonic();
    const frames = await bench.acquire(bench.a, steps);
    bench.frameMs = (bench.clock.monotonic() - sent) / steps.length;
    demand(
      frames.length === steps.length,
      `${steps.length} steps were asked for, ${frames.length} frames came`,
    );
    for (const [i, frame] of frames.entries())
      checkFrame(bench, frame, i, steps[i]?.kind, steps[i]?.settings ?? {});
    const all = [...(probe === undefined ? [] : [probe]), ...frames].map((frame) => frame.descriptor);
    for (const [i, d] of all.entries()) {
      const before = all[i - 1];
      if (before === undefined || bench.capabilities.observe) continue;
      demand(d.frameSeq === before.frameSeq + 1, `frameSeq goes from ${before.frameSeq} to ${d.frameSeq}`);
    }
    demand(new Set(all.map((d) => d.frameId)).size === all.length, "two frames share a frameId");
    await dark(bench, "after an acquisition");
    await defaults(bench);
    const timed = bench.clock.monotonic();
    await bench.acquire(bench.a, bench.longSteps(1).slice(0, 2));
    bench.longFrameMs = (bench.clock.monotonic() - timed) / 2;
    const { heightPx, widthPx } = bench.size;
    return `${steps.map((s) => s.kind).join(", ")} of ${heightPx}x${widthPx} px, ${Math.round(bench.frameMs)} ms each`;
  },
};

function checkFrame(
  bench: Bench,
  frame: TakenFrame,
  i: number,
  kind: string | undefined,
  asked: object,
): void {
  const d = frame.descriptor;
  demand(d.part === i, `frame ${i} says part ${d.part}`);
  demand(d.kind === kind, `step ${i} asked for ${kind}, its frame is ${d.kind}`);
  const { heightPx, widthPx } = bench.size;
  const shape = d.shape.join("x");
  demand(
    shape === `${heightPx}x${widthPx}`,
    `the region is ${heightPx}x${widthPx} (h x w), the frame ${shape}`,
  );
  const size = bench.region?.pixelSizeNm;
  demand(
    size === undefined || d.pixelSizeNm === size,
    `the frame's pixels are ${d.pixelSizeNm} nm, the region's ${size}`,
  );
  demand(
    d.region === (bench.region?.id ?? d.region),
    `the frame says region '${d.region}', not '${bench.region?.id}'`,
  );
  demand(!Number.isNaN(Date.parse(d.acquiredAt)), `acquiredAt '${d.acquiredAt}' is no RFC 3339 time`);
  demand(d.saturated <= frame.pixels.length, "more pixels are saturated than there are");
  for (const [name, value] of Object.entries(asked) as [string, number][]) {
    if (kind === "confocal" && name === "depletionPowerMw") continue;
    const told = d.settings[name];
    demand(told === value, `${name}: ${value} was asked for, the frame's settings say ${told}`);
  }
}

export async function dark(bench: Bench, when: string): Promise<void> {
  const { light, state } = await bench.must(bench.b, "status");
  const lit = light.filter((source) => source.on).map((source) => source.name);
  demand(lit.length === 0, `${lit.join(", ")} is still on ${when}`);
  demand(state !== "acquiring", `the state is still 'acquiring' ${when}`);
}

/** Left out of a step: lineRepeats, depletionPowerMw and whatever has a default. Unknown keys are ignored. */
async function defaults(bench: Bench): Promise<void> {
  const { parameters } = bench.capabilities;
  for (const kind of bench.capabilities.kinds) {
    const full = bench.step(kind, bench.small, 20);
    const settings = Object.fromEntries(
      Object.entries(full.settings).filter(([name]) => {
        const spec = parameters.find((p) => p.name === name);
        return name !== "lineRepeats" && name !== "depletionPowerMw" && spec?.default === undefined;
      }),
    );
    const params = { steps: [{ kind, settings, colour: "blue" }], ...bench.small, colour: "blue" };
    const over = { timeoutMs: 15_000, extra: { colour: "blue" } };
    const answer = await bench.kept(bench.a, bench.a.ask("acquire", params, over));
    const says = `${answer.code} ${answer.message}`;
    const what = "that leaves out what has a default and has an unknown key ('colour')";
    demand(answer.ok, `a ${kind} step ${what} was refused: ${says}`);
    bench.framesOf("acquire", answer);
  }
}

/** Wide and low, with the parity of the whole so that its middle is the middle. */
function windowOf(whole: number, share: number): number {
  const size = Math.max(1, Math.floor(whole * share));
  const even = (whole - size) % 2 === 0 ? size : size - 1;
  return even < 1 ? Math.min(whole, size + 1) : even;
}

const pixelOrder: Check = {
  name: "pixelOrder",
  run: async (bench) => {
    const tries = bench.capabilities.regions === "next" ? 3 : 1;
    let said = "";
    for (let i = 0; i < tries; i++) {
      if (i > 0 || bench.region === null) await bench.ready();
      const size = {
        widthPx: windowOf(bench.size.widthPx, 0.75),
        heightPx: windowOf(bench.size.heightPx, 0.25),
      };
      const step = bench.step("confocal", bench.size, 1200);
      const [whole] = await bench.acquire(bench.a, [step]);
      const [part] = await bench.acquire(bench.a, [step], size);
      if (whole === undefined || part === undefined) continue;
      const shape = part.descriptor.shape.join("x");
      const wanted = `${size.heightPx}x${size.widthPx}`;
      demand(
        shape === wanted,
        `a window ${size.widthPx} wide and ${size.heightPx} high came as ${shape} (h x w)`,
      );
      const nm = part.descriptor.pixelSizeNm;
      demand(nm === whole.descriptor.pixelSizeNm, "a window must keep the pixel size");
      const swapped = looksSwapped(whole.pixels, whole.descriptor.shape[1]);
      demand(!swapped, "the pixels look byte-swapped: they must be little-endian");
      const verdict = comparePlacement(whole, part);
      if (verdict.kind === "match") return `${wanted} window: ${verdict.detail}`;
      said = verdict.detail;
      demand(verdict.kind === "unclear", said);
    }
    demand(false, `${said} (in ${tries} region${tries > 1 ? "s" : ""})`);
    return said;
  },
};

const frame: Check = {
  name: "frame",
  run: async (bench) => {
    await bench.ready();
    const cheap = bench.smallMs < 40;
    const step = bench.step("confocal", bench.small, 20);
    const steps = Array.from({ length: cheap ? 22 : 2 }, () => step);
    const before = cheap
      ? [
          ...(await bench.acquire(bench.a, steps, bench.small)),
          ...(await bench.acquire(bench.a, steps, bench.small)),
        ]
      : [];
    const frames = [...before, ...(await bench.acquire(bench.a, steps.slice(0, 20), bench.small))];
    const newest = frames.at(-1)?.descriptor.frameSeq ?? 0;
    const kept = [...bench.taken.values()].filter((f) => f.descriptor.frameSeq > newest - 64);
    const oldest = kept.reduce((a, b) => (a.descriptor.frameSeq < b.descriptor.frameSeq ? a : b));
    for (const wanted of [frames.at(-1), frames[0], oldest]) {
      if (wanted === undefined) continue;
      const { frameSeq, frameId } = wanted.descriptor;
      for (const which of [{ frameSeq }, { frameId }]) {
        const what = `frame ${JSON.stringify(which)}, ${newest - frameSeq} back`;
        const answer = await bench.b.ask("frame", which);
        demand(answer.ok, `${what} was refused: ${answer.code} ${answer.message}`);
        const [again] = bench.framesOf("frame", answer);
        demand(again?.descriptor.frameId === frameId, `${what}: another frame came`);
        demand(again.hash === wanted.hash, `${what}: its pixels are not those of the acquisition`);
        const same =
          JSON.stringify({ ...sorted(again), part: 0 }) === JSON.stringify({ ...sorted(wanted), part: 0 });
        demand(same, `${what}: its description is not that of the acquisition`);
      }
    }
    await bench.refused("a frame to come", "GONE", bench.b.ask("frame", { frameSeq: newest + 1_000_000 }));
    await bench.refused("a frame that never was", "GONE", bench.b.ask("frame", { frameId: randomUUID() }));
    return `by number and id, back to ${newest - oldest.descriptor.frameSeq} frames ago; GONE otherwise`;
  },
};

function sorted(frame: TakenFrame): object {
  const order = (value: unknown): unknown =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(
          Object.entries(value)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([k, v]) => [k, order(v)]),
        )
      : value;
  return order(frame.descriptor) as object;
}

export const frameChecks: readonly Check[] = [acquire, pixelOrder, frame];
