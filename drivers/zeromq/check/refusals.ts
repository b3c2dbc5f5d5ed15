import { randomUUID } from "node:crypto";
import type { AcquireStep } from "../../contract.js";
import type { Bench } from "./bench.js";
import type { Check } from "./check.js";
import { dark } from "./frames.js";
import type { Answer } from "./probe.js";
import { top } from "./settings.js";
import { demand } from "./verdict.js";

/** Small, dim and short: what is wrongly accepted shall do as little as it can. */
function ask(
  bench: Bench,
  change: (step: { kind: string; settings: Record<string, unknown> }) => void,
  more: object = {},
): Promise<Answer> {
  const kind: AcquireStep["kind"] = bench.capabilities.kinds.includes("sted") ? "sted" : "confocal";
  const { settings } = bench.step(kind, bench.small, 20, true);
  const step = { kind: kind as string, settings: { ...settings } as Record<string, unknown> };
  change(step);
  return bench.kept(
    bench.a,
    bench.a.ask("acquire", { steps: [step], ...bench.small, ...more }, { timeoutMs: 15_000 }),
  );
}

/** Number of the newest frame; takes a small one. */
async function newestSeq(bench: Bench): Promise<number> {
  const [frame] = await bench.acquire(bench.a, [bench.step("confocal", bench.small, 20)], bench.small);
  return frame?.descriptor.frameSeq ?? 0;
}

/** Runs `work` and demands that it exposed nothing: the frame counter goes on by one. */
export async function withoutExposure(bench: Bench, what: string, work: () => Promise<void>): Promise<void> {
  const before = await newestSeq(bench);
  await work();
  const after = await newestSeq(bench);
  // The operator's own frames count too, but only a rig with `observe` publishes such.
  const own = bench.events?.events.filter((e) => {
    const seq = e.header?.frameSeq;
    return e.header?.origin !== "request" && typeof seq === "number" && seq > before && seq < after;
  }).length;
  const extra = after - before - 1 - (own ?? 0);
  demand(extra === 0, `${what} exposed the sample all the same: frameSeq went from ${before} to ${after}`);
}

const badParams: Check = {
  name: "badParams",
  run: async (bench) => {
    await bench.ready();
    const { parameters } = bench.capabilities;
    const named = async (what: string, path: string, asking: Promise<Answer>): Promise<void> => {
      const { message } = await bench.refused(what, "BAD_PARAMS", asking);
      demand(
        message.includes(path),
        `${what}: BAD_PARAMS must name the path, '${path}'; it says '${message}'`,
      );
    };
    let count = 0;
    await withoutExposure(bench, "a request with bad parameters", async () => {
      for (const { name, default: given } of parameters) {
        const values: [string, unknown][] = [
          ["a string", "1"],
          ["null", null],
          ["a list", [1]],
        ];
        for (const [what, value] of values) {
          await named(
            `${what} as ${name}`,
            name,
            ask(bench, (step) => {
              step.settings[name] = value;
            }),
          );
          count++;
        }
        if (given !== undefined || name === "lineRepeats" || name === "depletionPowerMw") continue;
        await named(
          `a step without ${name}`,
          name,
          ask(bench, (step) => {
            delete step.settings[name];
          }),
        );
      }
      await named(
        "an unknown kind",
        "kind",
        ask(bench, (step) => {
          step.kind = "x-ray";
        }),
      );
      await named("steps that are no list", "steps", bench.a.ask("acquire", { steps: "all" }));
      await named("no steps", "steps", bench.a.ask("acquire", {}));
      await named(
        "another region's id",
        "region",
        ask(bench, () => undefined, { region: randomUUID() }),
      );
      await bench.refused("'frame' without a number or id", "BAD_PARAMS", bench.a.ask("frame", {}));
      if (bench.capabilities.regions !== "stage") {
        const { code, message } = await bench.refused(
          "{xUm, yUm} without a stage",
          "BAD_PARAMS",
          bench.a.ask("region", { xUm: 1, yUm: 1 }),
        );
        demand(code !== "" && message !== "", "a refusal must say something");
      }
      await bench.refused("'region' with nothing", "BAD_PARAMS", bench.a.ask("region", {}));
    });
    await dark(bench, "after refused requests");
    return `${count + 6} bad requests refused with their path`;
  },
};

const ranges: Check = {
  name: "ranges",
  run: async (bench) => {
    await bench.ready();
    const out = "OUT_OF_RANGE";
    let count = 0;
    await withoutExposure(bench, "a request out of range", async () => {
      for (const spec of bench.capabilities.parameters) {
        const { name, min, max, integer } = spec;
        const usable = top(spec, bench.capabilities);
        const little = integer ? 1 : (max - min) * 1e-3;
        const values = [min - little, usable + little, usable * 1000 + 1];
        // Off is always possible: a depletion of 0 is what leaving it out means.
        for (const value of values.filter((v) => !(name === "depletionPowerMw" && v === 0))) {
          if (name === "depletionPowerMw" && !bench.capabilities.kinds.includes("sted")) continue;
          const asking = ask(bench, (step) => {
            step.settings[name] = value;
          });
          await bench.refused(`${name} = ${value} (range ${min} to ${usable})`, out, asking);
          count++;
        }
      }
      for (const [name, whole] of Object.entries(bench.size)) {
        if (name !== "widthPx" && name !== "heightPx") continue;
        await bench.refused(
          `${name} = ${whole + 1} of ${whole}`,
          out,
          ask(bench, () => undefined, { [name]: whole + 1 }),
        );
        count++;
      }
    });
    await dark(bench, "after refused requests");
    return `${count} values outside refused`;
  },
};

const region: Check = {
  name: "region",
  run: async (bench) => {
    if (bench.capabilities.regions === "none") return "this rig does not move";
    const ids = new Set<string>();
    for (let i = 0; i < 2; i++) {
      const { id } = await bench.move(bench.a);
      const { region: told } = await bench.must(bench.b, "status");
      demand(told?.id === id, `region '${id}' was reached, status says '${told?.id}'`);
      ids.add(id);
    }
    const fresh = bench.capabilities.regions === "stage" || ids.size === 2;
    demand(fresh, "two moves gave the same region id; ids must be unique within 'start'");
    const meant = bench.region?.id ?? "";
    const step = bench.step("confocal", bench.small, 20);
    const answer = await bench.kept(
      bench.a,
      bench.a.ask("acquire", { steps: [step], ...bench.small, region: meant }, { timeoutMs: 15_000 }),
    );
    demand(answer.ok, `an acquisition of the current region by its id was refused: ${answer.code}`);
    bench.framesOf("acquire", answer);
    return `${ids.size} regions, ids unique`;
  },
};

const expiry: Check = {
  name: "expiry",
  run: async (bench) => {
    await bench.ready();
    const late = { expiresAt: bench.a.serverNow() - 5000 };
    const here = bench.region?.id;
    const steps = [bench.step("confocal", bench.small, 20)];
    await withoutExposure(bench, "an expired acquisition", async () => {
      await bench.refused(
        "an acquisition past its expiresAt",
        "EXPIRED",
        bench.a.ask("acquire", { steps, ...bench.small }, late),
      );
    });
    for (const method of ["heartbeat", "status", "region", "release"] as const) {
      const params = method === "region" ? bench.moveParams() : {};
      await bench.refused(`'${method}' past its expiresAt`, "EXPIRED", bench.a.ask(method, params, late));
    }
    const { region: now, owner } = await bench.must(bench.b, "status");
    demand((now?.id ?? here) === here, "an expired 'region' was carried out");
    demand((owner ?? null) !== null, "an expired 'release' was carried out");
    await bench.must(bench.a, "hello", { client: "rig-check", version: "1" }, late);
    return "refused and not carried out; hello never expires";
  },
};

export const refusalChecks: readonly Check[] = [region, badParams, ranges, expiry];
