import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FleetState, silentLogger, systemClock } from "../../src/core/index.js";
import { type FleetLink, FleetViewer, fleetObservations, Reporter } from "../../src/fleet/index.js";
import type { JournalReader, RunRecord, StepRecord } from "../../src/journal/index.js";
import type { SessionEvent, SessionState } from "../../src/loop/index.js";
import { newToken, startFleetServer } from "../../src/server/index.js";
import { eventually } from "../cli/command-line.js";
import { specs } from "../loop/fakes.js";
import { fakeStart } from "../server/fake-state.js";
import { natsServer, TestNats } from "./nats-server.js";

/** A rig's journal and session, as far as the fleet looks at them. */
class FakeDaemon {
  readonly records: StepRecord[] = [];
  private readonly listeners = new Set<(event: SessionEvent) => void>();
  private current: SessionState;

  constructor(
    readonly rig: string,
    private readonly run: string,
  ) {
    this.current = { ...fakeStart("auto"), run, step: 0 };
  }

  readonly session = {
    state: (): SessionState => this.current,
    subscribe: (listener: (event: SessionEvent) => void): (() => void) => {
      this.listeners.add(listener);
      return () => this.listeners.delete(listener);
    },
  };
  readonly reader = {
    runs: async (): Promise<readonly RunRecord[]> => [this.record()],
    steps: async (): Promise<readonly StepRecord[]> => this.records,
  } as unknown as Pick<JournalReader, "runs" | "steps">;

  report(link: FleetLink): Reporter {
    const { rig, session, reader } = this;
    const start = `${rig}-${performance.now()}`;
    return new Reporter({ link, rig, start, session, reader, clock: systemClock, logger: silentLogger });
  }

  step(score: number): void {
    const step = this.records.length + 1;
    const at = "2026-01-01T00:00:00.000Z";
    const observation = {
      settings: { depletionPowerMw: 100 + step, dwellTimeUs: 10 },
      objectives: { quality: score, bleaching: null },
    };
    this.records.push({
      intent: { step },
      state: "done",
      result: { at, observation, score: { score } },
      frames: [{}, {}, {}],
    } as unknown as StepRecord);
    this.change({ step });
  }

  change(patch: Partial<SessionState>): void {
    this.current = { ...this.current, ...patch };
    const event = { seq: 1, at: "2026-01-01T00:00:00.000Z", type: "state", patch } as const;
    for (const listener of this.listeners) listener(event);
    const done = { ...event, type: "step" } as unknown as SessionEvent;
    if (patch.step !== undefined) for (const listener of this.listeners) listener(done);
  }

  private record(): RunRecord {
    const config = { fleet: { rig: this.rig, share: true } };
    const model = { name: "tiny", version: "1", hash: "f".repeat(64) };
    return { run: this.run, config, model, iterations: this.records.length } as unknown as RunRecord;
  }
}

describe.skipIf(natsServer === null)("the page over all rigs", { timeout: 30_000 }, () => {
  let nats: TestNats;
  let link: FleetLink;
  const left = new FakeDaemon("left", "run-1");
  const right = new FakeDaemon("right", "run-2");
  const reporters: Reporter[] = [];
  beforeAll(async () => {
    nats = await TestNats.start();
    link = await nats.link();
    reporters.push(left.report(link), right.report(link));
  });
  afterAll(async () => {
    for (const reporter of reporters) await reporter.close();
    await link?.close();
    await nats?.close();
  });
  const seen = async (viewer: FleetViewer, test: (state: FleetState) => boolean): Promise<FleetState> =>
    eventually(async () => {
      const state = viewer.state();
      return test(state) ? state : null;
    });

  it("a new viewer is told what was before it came, from the beginning", async () => {
    for (const score of [0.1, 0.2, 0.3]) left.step(score);
    right.step(0.9);
    const early = new FleetViewer(link, systemClock, silentLogger);
    const all = (state: FleetState): boolean => state.rigs.reduce((sum, r) => sum + r.observations, 0) === 4;
    const state = await seen(early, (s) => all(s) && s.rigs.every((rig) => !rig.stale));
    expect(state.rigs.map(({ rig, scores }) => [rig, scores])).toEqual([
      ["left", [0.1, 0.2, 0.3]],
      ["right", [0.9]],
    ]);
    const late = new FleetViewer(link, systemClock, silentLogger);
    const replayed = await seen(late, (s) => s.replayed && all(s));
    expect(replayed.rigs.map(({ rig, run, scores }) => [rig, run, scores])).toEqual(
      state.rigs.map(({ rig, run, scores }) => [rig, run, scores]),
    );
    await Promise.all([early.close(), late.close()]);
  });

  it("a rig that is silent is stale, and an old word of it does not make it live", async () => {
    await (reporters.pop() as Reporter).close();
    const viewer = new FleetViewer(link, systemClock, silentLogger);
    const state = await seen(
      viewer,
      (s) => s.replayed && s.rigs.some((rig) => rig.rig === "left" && !rig.stale),
    );
    expect(state.rigs.find((rig) => rig.rig === "right")).toMatchObject({ stale: true, heardSAgo: null });
    await viewer.close();
  });

  it("the server lost: the page says so, keeps what it knew, and goes on by itself; no observation is missing", async () => {
    const viewer = new FleetViewer(link, systemClock, silentLogger);
    await seen(viewer, (s) => s.replayed);
    await nats.kill();
    const away = await seen(viewer, (s) => !s.connected);
    expect(away.trouble).toMatch(/lost/);
    expect(away.rigs.map((rig) => rig.rig)).toEqual(["left", "right"]);
    left.step(0.4);
    left.step(0.5);
    await nats.start();
    const back = await seen(viewer, (s) => s.rigs[0]?.observations === 5);
    expect(back.rigs[0]?.scores).toEqual([0.1, 0.2, 0.3, 0.4, 0.5]);
    await viewer.close();
  });

  it("other rigs' observations come as earlier sessions; one's own, and those of another network, do not", async () => {
    const wanted = { rig: "right", parameters: specs, objectives: ["quality"], model: "f".repeat(64) };
    const found = await fleetObservations(link, wanted, 5000, systemClock);
    expect(found?.map((o) => [o.session, o.objectives])).toEqual(
      [0.1, 0.2, 0.3, 0.4, 0.5].map((quality) => ["left/run-1", { quality }]),
    );
    expect(await fleetObservations(link, { ...wanted, rig: "left" }, 5000, systemClock)).toHaveLength(1);
    expect(await fleetObservations(link, { ...wanted, model: "0".repeat(64) }, 5000, systemClock)).toEqual(
      [],
    );
  });

  it("serves the state to viewers with a token, to its own page only, and figures to Prometheus", async () => {
    const viewer = new FleetViewer(link, systemClock, silentLogger);
    const { token, record } = newToken("screen", "viewer");
    const common = { fleet: viewer, port: 0, webRoot: "/nowhere", clock: systemClock, logger: silentLogger };
    await expect(startFleetServer({ ...common, host: "0.0.0.0" })).rejects.toMatchObject({
      code: "TOKENS_NEEDED",
    });
    const server = await startFleetServer({ ...common, host: "127.0.0.1", tokens: [record] });
    const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
      fetch(server.address + path, { headers });
    expect((await get("/api/v1/fleet")).status).toBe(401);
    const asViewer = { authorization: `Bearer ${token}` };
    const state = (await (await get("/api/v1/fleet", asViewer)).json()) as FleetState;
    expect(state.connected).toBe(true);
    const elsewhere = { ...asViewer, origin: "http://evil.example" };
    expect((await get("/api/v1/fleet", elsewhere)).status).toBe(403);
    expect((await get("/health/ready")).status).toBe(200);
    const metrics = await (await get("/metrics", asViewer)).text();
    expect(metrics).toMatch(/^stedloop_fleet_connected 1$/m);
    const board = readFileSync(
      join(import.meta.dirname, "../../deploy/grafana/dashboards/stedloop.json"),
      "utf8",
    );
    for (const [name] of board.matchAll(/stedloop_fleet_[a-z_]+/g))
      expect(metrics).toContain(`# HELP ${name} `);
    await server.close();
    await viewer.close();
  });
});
