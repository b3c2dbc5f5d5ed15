/** The kinds of sample by name, and the samples of the calibration. */
import { RandomStream } from "../../../src/core/index.js";
import { axon, referenceAxon } from "./actin.js";
import { cluster, diffuse, referenceCluster } from "./clusters.js";
import type { Box, Bundle } from "./molecules.js";
import { filament, referenceFilament } from "./tubulin.js";

export const structures = ["actin", "tubulin", "clusters", "mixed"] as const;
export type Structure = (typeof structures)[number];

/**
 * The samples on which the true rating was calibrated (specification §5), anchored in `area`, z = 0. `actin` are the
 * actin rings, `clusters` the psd95 sample; `mixed` is not among them.
 */
export function referenceSample(structure: Exclude<Structure, "mixed">, area: Box, seed: number): Bundle[] {
  const random = RandomStream.of(seed, "reference", structure);
  const place = (): { x: number; y: number } => ({
    x: random.between(area.x0, area.x1),
    y: random.between(area.y0, area.y1),
  });
  const each = (n: number, make: (i: number) => Bundle[]): Bundle[] =>
    Array.from({ length: n }, (_, i) => make(i)).flat();
  if (structure === "actin")
    return each(3, (i) => axon(referenceAxon, place(), random, seed, `reference/axon${i}`));
  if (structure === "tubulin")
    return each(14, (i) => filament(referenceFilament, place(), random, seed, `reference/tubulin${i}`));
  const um2 = ((area.x1 - area.x0) * (area.y1 - area.y0)) / 1e6;
  return [
    ...each(14, (i) => [cluster(referenceCluster, place(), random, seed, `reference/psd${i}`)]),
    ...diffuse(area, 3200 / um2, 0, seed, "reference/diffuse"),
  ];
}
