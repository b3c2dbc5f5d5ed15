import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Learning } from "../../src/cli/daemon/learning.js";
import type { Observation } from "../../src/core/index.js";
import { openJournalReader } from "../../src/journal/index.js";
import { ended, eventually, line, start, stedloop, tempFolder } from "./command-line.js";

interface State {
  readonly run: string;
  readonly step: number;
  readonly proposal: { readonly id: string; readonly why: { readonly kind: string } } | null;
}

describe("warm start from the Runs page", () => {
  it("an earlier run counts from the next step on, stands in the journal, and the run replays bit for bit", async () => {
    const data = tempFolder();
    const config = join(data, "config.yaml");
    writeFileSync(
      config,
      "rig: {kind: simulated, structure: actin, seed: 1, timeScale: 0}\nmode: assist\noptimiser: {initial: 3}\n",
    );
    const first = await stedloop([
      "run",
      "--headless",
      "--mode",
      "auto",
      "--iterations",
      "3",
      "--seed",
      "2",
      "--json",
      "--data",
      data,
      "--config",
      config,
    ]);
    expect(first.code, first.err).toBe(0);
    const earlier = (JSON.parse(first.out) as { run: string }).run;
    const daemon = start(["run", "--port", "0", "--data", data, "--config", config, "--seed", "3"]);
    try {
      const address = /http:\S+/.exec(await line(daemon, "stdout", /page at/))?.[0] as string;
      const post = (path: string, body: object = {}): Promise<Response> =>
        fetch(`${address}/api/v1${path}`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(body),
        });
      const proposed = (step: number): Promise<State> =>
        eventually(
          async () => {
            const state = (await (await fetch(`${address}/api/v1/state`)).json()) as State;
            return state.proposal !== null && state.step === step ? state : null;
          },
          100,
          90_000,
        );
      const { run, proposal } = await proposed(0);
      expect(proposal?.why.kind).toBe("initial design");
      const taught = await post(`/runs/${earlier}/warm-start`);
      expect(await taught.json()).toEqual({ run: earlier, observations: 3 });
      expect((await post(`/runs/${run}/warm-start`)).status).toBe(409);
      expect((await post("/runs/nobody/warm-start")).status).toBe(404);
      // A rejected proposal belongs to the step that began without it.
      await post("/proposal/reject");
      await eventually(
        async () => {
          const state = (await (await fetch(`${address}/api/v1/state`)).json()) as State;
          return state.proposal !== null && state.proposal.id !== proposal?.id ? state : null;
        },
        100,
        90_000,
      ).then((state) => expect(state.proposal?.why.kind).toBe("initial design"));
      await post("/proposal/approve");
      const second = await proposed(1);
      // Images of the earlier run spare the initial design.
      expect(second.proposal?.why.kind).not.toBe("initial design");
      await post("/proposal/approve");
      await proposed(2);
      daemon.kill("SIGTERM");
      await ended(daemon);
      const reader = await openJournalReader(data);
      const steps = await reader.steps(run);
      await reader.close();
      const { state } = (steps[1]?.intent.optimiserState ?? {}) as { state: { observations: Observation[] } };
      expect(state.observations.filter((o) => o.session === earlier)).toHaveLength(3);
      const replay = await stedloop(["replay", run, "--data", data, "--json"]);
      expect(JSON.parse(replay.out)).toMatchObject({ steps: 2, identical: true });
    } finally {
      daemon.kill("SIGKILL");
    }
  }, 240_000);

  it("is told once, before the first ask of a step, never between a rejection and the next ask", async () => {
    const said: string[] = [];
    const seen: Observation[] = [];
    const learning = new Learning({
      async ask() {
        said.push("ask");
        return { settings: {}, why: { text: "", expected: {}, uncertainty: {}, kind: "" }, work: 1 };
      },
      async tell(o) {
        seen.push(o);
        said.push(o.session ?? "own");
      },
      forget: async () => void said.push("forget"),
      best: async () => null,
      pareto: async () => ({ evaluated: [], predicted: [] }),
      save: async () => ({ observations: seen }),
      load: async () => undefined,
    });
    const own = { settings: {}, objectives: {} };
    const lesson = { run: "old", observations: [{ ...own, session: "old" }] };
    const { port } = learning;
    await port.ask();
    learning.add(lesson);
    learning.add(lesson);
    await port.forget({});
    await port.ask();
    await port.tell(own);
    await port.ask();
    expect(said).toEqual(["ask", "forget", "ask", "own", "old", "ask"]);
  });
});
