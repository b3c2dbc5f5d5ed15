import { describe, expect, it } from "vitest";
import { type Frame, RandomStream, type Settings } from "../../src/core/index.js";
import { type OptimiserPort, Session, type SessionState, whereItStands } from "../../src/loop/index.js";
import { createOptimiser, type Optimiser, spaceFrom } from "../../src/optimiser/index.js";
import { makeParts } from "./fakes.js";

/** The real optimiser as the loop sees it, in this thread. */
function portOf(optimiser: Optimiser): OptimiserPort {
  return {
    ask: async () => optimiser.ask(),
    tell: async (o) => void optimiser.tell(o),
    forget: async (s) => optimiser.forget(s),
    best: async () => optimiser.best()?.settings ?? null,
    pareto: async () => optimiser.pareto(),
    save: async () => optimiser.save(),
    load: async (state) => optimiser.load(state),
    prefer: async (click) => void optimiser.prefer(click),
    prepare: async () => optimiser.prepare(),
    preference: async () => optimiser.preference(),
  };
}

const qualityOf = (s: Settings): number => 1 / (1 + Math.exp((60 - (s.depletionPowerMw ?? 0)) / 25));
const lossOf = (s: Settings): number => 0.7 * (1 - Math.exp(-(s.depletionPowerMw ?? 0) / 120));

/** A rig whose dye fades and a network that likes resolution, both by the settings of the STED frame. */
async function scene(steps: number, clicks: (o: Optimiser) => void) {
  const parts = makeParts({ budget: { steps } });
  const plain = parts.rig.frame.bind(parts.rig);
  let sted: Settings = {};
  let count = 0;
  parts.rig.frame = (...args: Parameters<typeof plain>): Frame => {
    if (args[0] === "sted") sted = args[1];
    const frame = plain(...args);
    const kept = ++count % 3 === 0 ? 1 - lossOf(sted) : 1;
    return { ...frame, pixels: frame.pixels.map((_, i) => (i % 64 < 16 ? Math.round(1000 * kept) : 1)) };
  };
  const { score } = parts.scorer;
  const scorer = {
    score: async (...args: Parameters<typeof score>) => ({
      ...(await score(...args)),
      score: qualityOf(sted),
    }),
  };
  const { parameters, objectives } = parts;
  const optimiser = await createOptimiser(
    spaceFrom({ parameters, objectives, seed: 3, initial: 5, learnFromClicks: true }),
  );
  clicks(optimiser);
  const session = new Session({ ...parts, scorer, optimiser: portOf(optimiser) }, whereItStands([]));
  return { session, optimiser };
}

/** Clicks of somebody who wants quality and hates bleaching; or of somebody who throws dice. */
function click(optimiser: Optimiser, count: number, sure: boolean): void {
  const stream = RandomStream.of(5, "clicks");
  for (let i = 0; i < count; i++) {
    const options = Array.from({ length: 15 }, () => {
      const bleaching = 0.7 * stream.uniform();
      return { quality: Math.sqrt(bleaching / 0.7), bleaching };
    });
    const worth = options.map((o) =>
      sure ? o.quality - 0.4 * o.bleaching - 4 * Math.max(0, o.bleaching - 0.3) : stream.uniform(),
    );
    optimiser.prefer({ options, chosen: worth.indexOf(Math.max(...worth)) });
  }
}

/** The next proposal that waits for a person; null when the run ends without one. */
async function asked(
  session: Session,
  done: Promise<unknown>,
): Promise<NonNullable<SessionState["proposal"]> | null> {
  let over = false;
  void done.then(() => {
    over = true;
  });
  for (;;) {
    const { proposal, state, alert } = session.state();
    if (proposal !== null || over) return proposal;
    if (state === "paused") throw new Error(alert ?? "paused");
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe("auto mode that learns from clicks", () => {
  it("asks until there are enough clicks; the operator's choice is one, and is learned from", async () => {
    const { session, optimiser } = await scene(6, (o) => click(o, 7, true));
    const done = session.run();
    const proposal = await asked(session, done);
    // The initial design needs nobody's taste.
    expect(session.steps().map((s) => s.by)).toEqual(Array(5).fill("auto"));
    expect(proposal?.why.text).toMatch(/you decide, after 7 of 8 clicks/);
    expect(proposal?.options.length).toBeGreaterThan(1);
    await session.choose(proposal?.id ?? "", 1, "me");
    await done;
    expect(session.steps()[5]).toMatchObject({ by: "operator", settings: proposal?.options[1]?.settings });
    expect(optimiser.preference()?.clicks).toBe(8);
    expect(session.state().learnt).toMatchObject({ clicks: 8 });
    session.close();
  });

  it("takes over once clicks foretell each other, and goes where they point", async () => {
    const { session } = await scene(11, (o) => click(o, 14, true));
    const done = session.run();
    expect(await asked(session, done)).toBeNull();
    expect(session.state()).toMatchObject({ state: "finished", learnt: { clicks: 14, ready: true } });
    const steps = session.steps();
    expect(steps.every((s) => s.by === "auto")).toBe(true);
    expect(steps.some((s) => /closest to what 14 clicks asked for/.test(s.why.text))).toBe(true);
    // What was clicked: bleaching close to 0.3, as much quality as that allows.
    const late = steps.slice(-4).map((s) => lossOf(s.settings));
    expect(late.filter((b) => b > 0.15 && b < 0.42).length).toBeGreaterThanOrEqual(3);
    session.close();
  });

  it("hands back when clicks contradict each other: the operator is asked, and told why", async () => {
    const { session } = await scene(12, (o) => {
      click(o, 4, true);
      click(o, 14, false);
    });
    const done = session.run();
    const proposal = await asked(session, done);
    expect(session.state()).toMatchObject({
      state: "waiting",
      step: 5,
      learnt: { clicks: 18, ready: false },
    });
    expect(proposal?.why.text).toMatch(/you decide: clicks foretell only \d+ % of each other/);
    await session.abort("me");
    await done;
    session.close();
  });
});
