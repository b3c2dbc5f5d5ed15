import { describe, expect, it } from "vitest";
import { filaments, knownFwhmNm, rings, side, spots } from "../../bench/objectives-shared.js";
import { type RenderedSample, renderFrame, type Structure } from "../../drivers/simulated/index.js";
import { type Image, type ObjectiveValue, RandomStream } from "../../src/core/index.js";
import { decorrelationEstimate } from "../../src/objectives/decorrelation.js";
import { detectorLoad } from "../../src/objectives/detector-load.js";
import { transformed } from "../../src/objectives/frame-spectrum.js";
import { ringCorrelationEstimate } from "../../src/objectives/frc.js";
import { look } from "./synthetic.js";

/** What a resolution estimate may be off the known value, and the signal to noise from which it has to hold. */
const tolerance = 0.15;
const leastSnr = 5;
const powers = [25, 50, 75, 100, 150, 200, 250, 300];

const frameOf = ({ pixels, shape, pixelSizeNm }: RenderedSample): Image => ({ pixels, shape, pixelSizeNm });
const told = (found: Record<string, ObjectiveValue>, name: string): number | null =>
  found[name]?.value ?? null;

describe("the simulator's frames of thin samples with many photons", () => {
  const samples = [
    { name: "filaments", make: (seed: number) => filaments(12, 120, seed), across: "line" },
    { name: "spots", make: (seed: number) => spots(400, 450, seed), across: "point" },
  ] as const;
  const cases = samples.flatMap((s) =>
    [1, 2].flatMap((seed) => powers.map((power) => ({ ...s, seed, power }))),
  );
  const rows = cases.map((c) => {
    const frame = renderFrame({
      sample: { map: { molecules: c.make(c.seed), heightPx: side, widthPx: side } },
      settings: { depletionPowerMw: c.power, excitationPowerUw: 10, dwellTimeUs: 10, lineRepeats: 1 },
      mode: "anchor",
      seed: c.seed,
    });
    return { ...c, frame, found: look(frameOf(frame)) };
  });

  it("have a signal to noise ratio of 5 at every power", () => {
    for (const { name, power, found } of rows) {
      expect(told(found, "snr"), `${name} ${power} mW`).toBeGreaterThan(leastSnr);
    }
  });

  it.each(["frcNm", "resolutionNm"])("%s lies within 15 % of the reference-map resolution", (objective) => {
    let count = 0;
    for (const { name, seed, power, frame, found } of rows) {
      const value = told(found, objective);
      if (value === null) {
        // Only at the very end, where the period passes what the checkerboard of 20 nm pixels can show.
        expect(frame.resolutionNm, found[objective]?.reason ?? "").toBeLessThan(60);
        continue;
      }
      count++;
      const ratio = value / (frame.resolutionNm as number);
      expect(Math.abs(ratio - 1), `${name} ${seed}, ${power} mW: ${ratio}`).toBeLessThan(tolerance);
    }
    expect(count).toBeGreaterThanOrEqual(rows.length - 3);
  });

  it("fwhmNm lies within 15 % of the effective beam's", () => {
    for (const { name, seed, power, across, found } of rows) {
      const ratio = (told(found, "fwhmNm") as number) / knownFwhmNm(power, across);
      expect(Math.abs(ratio - 1), `${name} ${seed}, ${power} mW: ${ratio}`).toBeLessThan(tolerance);
    }
  });

  it.each(["frcNm", "resolutionNm", "fwhmNm"])("%s falls from power to power", (objective) => {
    for (const { name } of samples) {
      const values = [25, 75, 150, 250].map((power) =>
        told(rows.find((r) => r.name === name && r.power === power)?.found ?? {}, objective),
      );
      expect(values).not.toContain(null);
      expect(values).toEqual([...values].sort((a, b) => (b as number) - (a as number)));
    }
  });
});

describe("the simulator's own samples, as the rig shows them", () => {
  const structures: readonly Structure[] = ["actin", "tubulin", "clusters", "mixed"];
  const rows = structures.flatMap((structure) =>
    [1, 3].flatMap((seed) =>
      [25, 50, 100, 200].flatMap((power) => {
        const frame = renderFrame({
          sample: { structure },
          settings: { depletionPowerMw: power, excitationPowerUw: 10, dwellTimeUs: 30, lineRepeats: 1 },
          seed,
        });
        const lost = 1 - frame.molecules.after / frame.molecules.before;
        const found = look(frameOf(frame));
        const good = (told(found, "snr") ?? 0) >= leastSnr && lost < 0.5 && frame.resolutionNm !== null;
        return good ? [{ structure, power, frame, found }] : [];
      }),
    ),
  );

  it.each(["frcNm", "resolutionNm"])(
    "%s lies within 15 % of the reference-map resolution, or is null",
    (objective) => {
      expect(rows.length).toBeGreaterThan(12);
      const kept = rows.filter((r) => told(r.found, objective) !== null);
      expect(kept.length / rows.length).toBeGreaterThan(0.75);
      for (const { structure, power, frame, found } of kept) {
        const ratio = (told(found, objective) as number) / (frame.resolutionNm as number);
        expect(Math.abs(ratio - 1), `${structure}, ${power} mW: ${ratio}`).toBeLessThan(tolerance);
      }
    },
  );
});

describe("the rig's frames of thin samples", () => {
  // Dead time, afterpulses and bleaching by excitation: the beam's width, or null.
  const cases = [25, 100, 300].flatMap((power) => [
    { power, molecules: filaments(12, 60, 1), across: "line" as const },
    { power, molecules: spots(400, 150, 1), across: "point" as const },
  ]);
  it("fwhmNm lies within 15 % of the effective beam's, or is null", () => {
    let count = 0;
    for (const { power, molecules, across } of cases) {
      const frame = renderFrame({
        sample: { map: { molecules, heightPx: side, widthPx: side } },
        settings: { depletionPowerMw: power, excitationPowerUw: 10, dwellTimeUs: 40, lineRepeats: 1 },
        seed: 1,
      });
      const value = told(look(frameOf(frame)), "fwhmNm");
      if (value === null) continue;
      count++;
      const ratio = value / knownFwhmNm(power, across);
      expect(Math.abs(ratio - 1), `${across}, ${power} mW: ${ratio}`).toBeLessThan(tolerance);
    }
    expect(count).toBeGreaterThan(3);
  });
});

describe("a counter whose dead time flattens the crests", () => {
  it("makes detail that both estimates take for structure: null, though they agree", () => {
    const frame = renderFrame({
      sample: { structure: "clusters" },
      settings: { depletionPowerMw: 25, excitationPowerUw: 15, dwellTimeUs: 40, lineRepeats: 2 },
      seed: 10,
    });
    const seen = transformed(frameOf(frame)).seen;
    const [rings, peaks] = [ringCorrelationEstimate(seen), decorrelationEstimate(seen)];
    if ("reason" in rings || "reason" in peaks) throw new Error("both have an answer of their own");
    // 160 nm both, where frame and sample correlate down to 195 nm only.
    expect(Math.abs(rings.valueNm / peaks.valueNm - 1)).toBeLessThan(0.05);
    expect(rings.valueNm / (frame.resolutionNm as number)).toBeLessThan(0.85);
    const found = look(frameOf(frame));
    for (const name of ["frcNm", "resolutionNm"]) {
      expect(told(found, name)).toBeNull();
      expect(found[name]?.reason).toMatch(/dead time/);
    }
  });

  it("is told by the noise: so much light missed per count, within 20 % of Müller's law", () => {
    // Events of a Poisson process, each shutting the counter for a share of the pixel's time.
    const random = RandomStream.of(5, "dead time");
    const dead = 0.01;
    const size = 128;
    const pixels = Uint16Array.from({ length: size * size }, (_, i) => {
      const rate = 5 + 60 * (0.5 + 0.5 * Math.sin((i % size) / 20));
      let [time, counts] = [0, 0];
      for (;;) {
        time += -Math.log(1 - random.uniform()) / rate;
        if (time > 1) return counts;
        counts++;
        time += dead;
      }
    });
    const { perCount, sd } = detectorLoad({ pixels, shape: [size, size], pixelSizeNm: 20 });
    expect(perCount).toBeGreaterThan(4 * sd);
    expect(Math.abs(perCount / dead - 1)).toBeLessThan(0.2);
  });
});

describe("a lattice of rings every 190 nm", () => {
  it.each([1, 2, 3])("shows in periodicity as the beam resolves it (sample %i)", (seed) => {
    const values = [0, 50, 100, 200, 300].map((power) => {
      const frame = renderFrame({
        sample: { map: { molecules: rings(seed), heightPx: side, widthPx: side } },
        settings: { depletionPowerMw: power, excitationPowerUw: 10, dwellTimeUs: 10, lineRepeats: 1 },
        mode: "anchor",
        seed,
      });
      return told(look(frameOf(frame)), "periodicity") as number;
    });
    expect(Math.abs(values[0] as number)).toBeLessThan(0.1);
    const rising = values.slice(0, 4);
    expect(rising).toEqual([...rising].sort((a, b) => a - b));
    // Resolved is resolved: what is left of the detail is lattice then, and only its share in it counts.
    expect(values[4]).toBeGreaterThan((values[3] as number) - 0.05);
    expect(values[4]).toBeGreaterThan(0.35);
  });

  it.each([150, 250])("is not seen in filaments and spots at %i mW", (power) => {
    for (const molecules of [filaments(12, 80, 3), spots(400, 300, 3)]) {
      const frame = renderFrame({
        sample: { map: { molecules, heightPx: side, widthPx: side } },
        settings: { depletionPowerMw: power, excitationPowerUw: 10, dwellTimeUs: 10, lineRepeats: 1 },
        mode: "anchor",
      });
      expect(Math.abs(told(look(frameOf(frame)), "periodicity") as number)).toBeLessThan(0.1);
    }
  });
});
