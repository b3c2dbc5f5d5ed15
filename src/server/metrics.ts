import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { SessionView } from "../loop/index.js";
import type { HealthReport } from "./options.js";

const states = ["idle", "acquiring", "safe", "fault", "lost"] as const;

/** What Prometheus may read. Values of the run are looked up when asked for, so that none is ever old. */
export class Metrics {
  private readonly requests: Histogram;
  private readonly refused: Counter;

  constructor(
    private readonly registry: Registry,
    sources: {
      readonly session: SessionView;
      readonly watchers: () => number;
      readonly health: () => HealthReport;
    },
  ) {
    const { session } = sources;
    const registers = [registry];
    const gauge = (name: string, help: string, read: () => number | null): void => {
      new Gauge({
        name: `stedloop_${name}`,
        help,
        registers,
        collect() {
          const value = read();
          if (value === null) this.reset();
          else this.set(value);
        },
      });
    };
    gauge("steps", "Completed steps of the current run", () => session.state().step);
    gauge("skipped_regions", "Regions left without depletion light", () => session.state().skipped);
    gauge(
      "dose_microjoules",
      "Depletion dose per pixel summed over the run",
      () => session.state().budget.doseUj,
    );
    gauge("score", "Score of the last STED frame, 0..1", () => session.state().last?.score ?? null);
    gauge("events", "Number of the last event", () => session.state().seq);
    gauge("watchers", "Open event streams", sources.watchers);
    gauge("ready", "1 while rig, model and journal work", () => (sources.health().ready ? 1 : 0));
    new Gauge({
      name: "stedloop_light_on",
      help: "1 while a light source is on",
      labelNames: ["source", "kind"],
      registers,
      collect() {
        this.reset();
        for (const l of session.state().rig.light) this.set({ source: l.name, kind: l.kind }, l.on ? 1 : 0);
      },
    });
    new Gauge({
      name: "stedloop_light_milliwatts",
      help: "Power of a light source",
      labelNames: ["source", "kind"],
      registers,
      collect() {
        this.reset();
        for (const l of session.state().rig.light) this.set({ source: l.name, kind: l.kind }, l.powerMw);
      },
    });
    new Gauge({
      name: "stedloop_rig_state",
      help: "1 for the state that the rig is in",
      labelNames: ["state"],
      registers,
      collect() {
        for (const state of states) this.set({ state }, session.state().rig.state === state ? 1 : 0);
      },
    });
    this.requests = new Histogram({
      name: "stedloop_http_seconds",
      help: "Time to answer a request",
      labelNames: ["method", "route", "status"],
      buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
      registers,
    });
    this.refused = new Counter({
      name: "stedloop_http_refused_total",
      help: "Requests refused for where they came from or who asked",
      registers,
    });
  }

  get contentType(): string {
    return this.registry.contentType;
  }
  text(): Promise<string> {
    return this.registry.metrics();
  }
  answered(method: string, route: string, status: number, seconds: number): void {
    this.requests.observe({ method, route, status: String(status) }, seconds);
    if (status === 401 || status === 403) this.refused.inc();
  }
}

export function newRegistry(): Registry {
  return new Registry();
}
