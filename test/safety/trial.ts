import { type Combination, type ParameterSpec, RandomStream, type Settings } from "../../src/core/index.js";
import { approve, DoseAccount, type Envelope, makeEnvelope, requestDose } from "../../src/safety/index.js";

const spec = (name: string, min: number, max: number, integer = false): ParameterSpec => ({
  name,
  label: name,
  unit: "1",
  min,
  max,
  scale: "linear",
  integer,
});
const parameters = [
  spec("depletionPowerMw", 0, 350),
  spec("excitationPowerUw", 0, 20),
  spec("dwellTimeUs", 1, 100),
  spec("lineRepeats", 1, 10, true),
];
const combinations: readonly Combination[] = [
  { when: { depletionPowerMw: { min: 100 } }, then: { dwellTimeUs: { max: 20 } } },
  { when: { lineRepeats: { min: 4, max: 6 } }, then: { excitationPowerUw: { min: 2, max: 9 } } },
];
const dose = { regionJPerCm2: 4000, runJPerCm2: 150_000 };
const beam = { depletionAreaUm2: 0.4, excitationAreaUm2: 0.08 };
export const envelope: Envelope = makeEnvelope(
  {
    depletionPowerMw: { max: 250 },
    excitationPowerUw: { max: 15 },
    dwellTimeUs: { min: 2, max: 500 },
    lineRepeats: { max: 8 },
  },
  parameters,
  { depletionPowerMw: { max: 200 } },
  { combinations, dose, beam },
);

interface Step {
  readonly kind: "confocal" | "sted";
  readonly settings: Settings;
}
/** The driver at the end: what reached it is judged by rules written out by hand, not by the room under test. */
class JudgingDriver {
  exposed = 0;
  private run = 0;
  private regions = new Map<string, number>();

  acquire(steps: readonly Step[], region: string): void {
    for (const { kind, settings } of steps) {
      const { depletionPowerMw: p, excitationPowerUw: e, dwellTimeUs: t, lineRepeats: n } = settings;
      const say = JSON.stringify({ kind, settings, region });
      const known = ["depletionPowerMw", "excitationPowerUw", "dwellTimeUs", "lineRepeats"];
      if (Reflect.ownKeys(settings).some((k) => !known.includes(k as string)))
        throw new Error(`unknown: ${say}`);
      const is = (v: unknown, low: number, high: number): boolean =>
        v === undefined || (typeof v === "number" && v >= low && v <= high);
      if (!is(p, 0, 200) || !is(e, 0, 15) || !is(t, 2, 100) || !is(n, 1, 8)) throw new Error(`range: ${say}`);
      if (n !== undefined && n !== Math.floor(n)) throw new Error(`whole: ${say}`);
      if (kind !== "sted" && p !== undefined && p > 0) throw new Error(`confocal: ${say}`);
      if (t === undefined) throw new Error(`dose untold: ${say}`);
      if ((p ?? 0) >= 100 && t > 20) throw new Error(`combination 1: ${say}`);
      const lines = n ?? 1;
      if (lines >= 4 && lines <= 6 && (e === undefined || e < 2 || e > 9))
        throw new Error(`combination 2: ${say}`);
      // mW µs / µm² = 1e-9 J / 1e-8 cm²
      const joule = (kind === "sted" ? (p ?? 0) : 0) * 1e-3 * t * 1e-6 * lines;
      const given = joule / 0.4e-8 + ((e ?? 0) * 1e-6 * t * 1e-6 * lines) / 0.08e-8;
      this.run += given;
      this.regions.set(region, (this.regions.get(region) ?? 0) + given);
      if (this.run > 150_000 * (1 + 1e-6)) throw new Error(`run dose ${this.run}: ${say}`);
      if ((this.regions.get(region) ?? 0) > 4000 * (1 + 1e-6)) throw new Error(`region dose: ${say}`);
      this.exposed++;
    }
  }
}

export interface TrialCounts {
  readonly asked: number;
  readonly refused: number;
  readonly exposed: number;
  readonly byKind: Readonly<Record<"random" | "adversarial" | "replayed", number>>;
}

const names = ["depletionPowerMw", "excitationPowerUw", "dwellTimeUs", "lineRepeats"];
const edges: Readonly<Record<string, readonly number[]>> = {
  depletionPowerMw: [0, 100, 200, 250, 350],
  excitationPowerUw: [0, 2, 9, 15, 20],
  dwellTimeUs: [1, 2, 20, 100, 500],
  lineRepeats: [1, 4, 6, 8, 10],
};
const oddNames = [
  "__proto__",
  "constructor",
  "toString",
  "depletionpowermw",
  "powerMw",
  "",
  "DepletionPowerMw",
];
const oddValues: readonly unknown[] = [
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  -0,
  5e-324,
  1.7976931348623157e308,
  "100",
  null,
  undefined,
  true,
  [100],
  { valueOf: () => 100 },
  100n,
];

/** A generator of requests that somebody, or something broken, might make. */
class Mischief {
  private past: { readonly steps: readonly Step[]; readonly region: string }[] = [];
  constructor(private readonly chance: RandomStream) {}

  request(kind: "random" | "adversarial" | "replayed"): {
    readonly steps: readonly Step[];
    readonly region: string;
  } {
    const made = kind === "replayed" && this.past.length > 0 ? this.replay() : this.fresh(kind);
    if (this.past.length < 500) this.past.push(made);
    else this.past[this.chance.int(500)] = made;
    return made;
  }

  private fresh(kind: string): { readonly steps: readonly Step[]; readonly region: string } {
    const { chance } = this;
    const count = kind === "adversarial" ? chance.int(4) : 1 + chance.int(3);
    const steps = Array.from({ length: count }, (): Step => {
      const sted = chance.uniform() < 0.6;
      const settings = kind === "adversarial" ? this.nasty() : this.plain(sted);
      const odd = kind === "adversarial" && chance.uniform() < 0.02;
      return { kind: odd ? ("STED" as "sted") : sted ? "sted" : "confocal", settings };
    });
    return { steps, region: `r${chance.int(40)}` };
  }

  private plain(sted: boolean): Settings {
    const { chance } = this;
    const out: Record<string, number> = {
      excitationPowerUw: 18 * chance.uniform(),
      dwellTimeUs: 110 ** chance.uniform(),
    };
    if (sted) out.depletionPowerMw = 260 * chance.uniform();
    if (chance.uniform() < 0.5) out.lineRepeats = 1 + chance.int(9);
    return out;
  }

  private nasty(): Settings {
    const { chance } = this;
    const out: Record<string, unknown> = {};
    for (const name of names) {
      const dice = chance.uniform();
      const edge = edges[name] as readonly number[];
      const at = edge[chance.int(edge.length)] as number;
      if (dice < 0.1) continue;
      if (dice < 0.6) out[name] = at;
      else if (dice < 0.75) out[name] = at * (1 + (chance.int(5) - 2) * Number.EPSILON);
      else if (dice < 0.85) out[name] = at + chance.uniform() - 0.5;
      else if (dice < 0.95) out[name] = oddValues[chance.int(oddValues.length)];
      else {
        // A value that is another one every time it is looked at.
        let looks = 0;
        Object.defineProperty(out, name, { enumerable: true, get: () => (looks++ === 0 ? at : 9999) });
      }
    }
    if (chance.uniform() < 0.1) {
      const name = oddNames[chance.int(oddNames.length)] as string;
      Object.defineProperty(out, name, { value: 50, enumerable: true, configurable: true, writable: true });
    }
    return out as Settings;
  }

  /** An earlier request once more: the same, at another place, or with one value touched. */
  private replay(): { readonly steps: readonly Step[]; readonly region: string } {
    const { chance } = this;
    const old = this.past[chance.int(this.past.length)] as { steps: readonly Step[]; region: string };
    const region = chance.uniform() < 0.5 ? old.region : `r${chance.int(40)}`;
    if (chance.uniform() < 0.6) return { steps: old.steps, region };
    const name = names[chance.int(names.length)] as string;
    return {
      region,
      steps: old.steps.map((s) => ({
        kind: s.kind,
        settings: { ...s.settings, [name]: touched(s.settings[name], chance) },
      })),
    };
  }
}

function touched(value: unknown, chance: RandomStream): number {
  return (typeof value === "number" ? value : 1) * (0.5 + chance.uniform());
}

/**
 * Sends `count` requests down the whole way from a proposal to a driver. Throws when one outside the envelope arrives.
 * A new run with a fresh account begins every 2000 requests, so that much gets through.
 */
export function trial(count: number, seed: number): TrialCounts {
  const chance = RandomStream.of(seed, "mischief");
  const mischief = new Mischief(chance);
  const byKind = { random: 0, adversarial: 0, replayed: 0 };
  let driver = new JudgingDriver();
  let account = new DoseAccount();
  let refused = 0;
  let exposed = 0;
  for (let i = 0; i < count; i++) {
    if (i % 2000 === 0) {
      exposed += driver.exposed;
      driver = new JudgingDriver();
      account = new DoseAccount();
    }
    const kind = (["random", "adversarial", "replayed"] as const)[i % 3] as keyof typeof byKind;
    byKind[kind]++;
    const { steps, region } = mischief.request(kind);
    let approved: { readonly steps: readonly Step[] };
    try {
      approved = approve({ steps }, envelope, { account, region });
    } catch (thrown) {
      if (!(thrown instanceof Error) || thrown.name !== "SafetyTrip") throw thrown;
      refused++;
      continue;
    }
    account.charge(region, requestDose(approved.steps, envelope));
    driver.acquire(approved.steps, region);
  }
  return { asked: count, refused, exposed: exposed + driver.exposed, byKind };
}
