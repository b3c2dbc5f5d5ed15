import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { loadConfig } from "../../src/config/index.js";

/** The files of a fleet in containers fit each other. Docker itself is not run here. */
const root = join(import.meta.dirname, "../..");
const text = (path: string): string => readFileSync(join(root, path), "utf8");
interface Service {
  readonly image: string;
  readonly command?: readonly string[];
  readonly secrets?: readonly string[];
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
}
const compose = parse(text("compose.yaml"), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, unknown>>;
};

describe("compose.yaml", () => {
  it("has three rigs, two workers, NATS, the page, Prometheus and Grafana", () => {
    expect(Object.keys(compose.services).sort()).toEqual(
      ["fleet", "grafana", "nats", "prometheus", "rig-a", "rig-b", "rig-c", "worker-1", "worker-2"].sort(),
    );
  });

  it("mounts files that are there, volumes and secrets that are declared, and is open to this computer only", () => {
    for (const [name, service] of Object.entries(compose.services)) {
      for (const volume of service.volumes ?? []) {
        const source = volume.split(":")[0] as string;
        const known = source.startsWith("./") ? existsSync(join(root, source)) : source in compose.volumes;
        expect([name, volume, known]).toEqual([name, volume, true]);
      }
      for (const secret of service.secrets ?? []) expect(Object.keys(compose.secrets)).toContain(secret);
      for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
    }
  });

  it("gives each rig a configuration of its own that loads", () => {
    const names = ["a", "b", "c"].map((letter) => {
      const { engine, fleet } = loadConfig(join(root, `deploy/rigs/rig-${letter}.yaml`));
      expect(engine).toBe("fleet");
      return fleet?.rig;
    });
    expect(names).toEqual(["rig-a", "rig-b", "rig-c"]);
  });

  it("has Prometheus ask every service that answers, and a board of metrics that there are", () => {
    const { scrape_configs } = parse(text("deploy/prometheus.yml")) as {
      readonly scrape_configs: readonly {
        readonly static_configs: readonly { readonly targets: readonly string[] }[];
      }[];
    };
    const targets = scrape_configs.flatMap((c) => c.static_configs.flatMap((s) => s.targets));
    expect(targets).toEqual(["rig-a:8420", "rig-b:8420", "rig-c:8420", "fleet:8440"]);
    const board = JSON.parse(text("deploy/grafana/dashboards/stedloop.json")) as {
      readonly panels: readonly {
        readonly id: number;
        readonly datasource: { readonly uid: string };
        readonly targets: readonly { readonly expr: string }[];
      }[];
    };
    expect(new Set(board.panels.map((panel) => panel.id)).size).toBe(board.panels.length);
    const source = parse(text("deploy/grafana/provisioning/datasources/prometheus.yml")) as {
      readonly datasources: readonly { readonly uid: string }[];
    };
    const written = `${text("src/server/metrics.ts")}${text("src/server/fleet-server.ts")}`;
    for (const panel of board.panels) {
      expect(panel.datasource.uid).toBe(source.datasources[0]?.uid);
      for (const { expr } of panel.targets) {
        const short = expr.replace(/^stedloop_(fleet_)?/, "");
        expect(written).toMatch(new RegExp(`gauge\\("${short}"|"${expr}"`));
      }
    }
  });

  it("has Prometheus alert on metrics that there are, each in words for a person, as the operator's page says", () => {
    const { rule_files } = parse(text("deploy/prometheus.yml")) as { readonly rule_files: readonly string[] };
    expect(compose.services.prometheus?.volumes).toContain(`./deploy/alerts.yml:${rule_files[0]}:ro`);
    const { groups } = parse(text("deploy/alerts.yml")) as {
      readonly groups: readonly {
        readonly rules: readonly {
          readonly alert: string;
          readonly expr: string;
          readonly annotations: { readonly summary: string };
        }[];
      }[];
    };
    const rules = groups.flatMap((g) => g.rules);
    const written = `${text("src/server/metrics.ts")}${text("src/server/fleet-server.ts")}`;
    const metrics = [...rules.map((r) => r.expr), text("docs/operations.md")].flatMap((words) =>
      [...words.matchAll(/stedloop_(\w+)/g)].map((m) => m[1] as string),
    );
    expect(metrics.length).toBeGreaterThan(10);
    for (const name of metrics) {
      expect(written).toMatch(new RegExp(`gauge\\(\\s*"${name.replace("fleet_", "")}"|"stedloop_${name}"`));
    }
    for (const { alert, annotations } of rules) {
      expect(alert).toMatch(/^Stedloop/);
      expect(annotations.summary.length).toBeGreaterThan(20);
    }
    for (const { expr } of rules.slice(0, 5)) {
      const metric = /stedloop_\w+/.exec(expr)?.[0] ?? "";
      expect(text("docs/operations.md")).toContain(metric);
    }
  });
});
