/** The kinds of sample by name: what lies in a piece of the world, and the samples of the calibration. */
import { RandomStream } from "../../../src/core/index.js";
import { axon, commonDendrite, dendrite, referenceAxon } from "./actin.js";
import { cluster, diffuse, referenceCluster } from "./clusters.js";
import type { Box, Bundle } from "./molecules.js";
import { filament, referenceFilament } from "./tubulin.js";

export const structures = ["actin", "tubulin", "clusters", "mixed"] as const;
export type Structure = (typeof structures)[number];

/** How far a structure may reach beyond the tile in which it is anchored, nm. */
export const reachNm = 6000;

type Place = () => { x: number; y: number };
const placeIn =
  (area: Box, random: RandomStream): Place =>
  () => ({ x: random.between(area.x0, area.x1), y: random.between(area.y0, area.y1) });

/**
 * The samples on which the true rating was calibrated (specification §5), anchored in `area`, z = 0. `actin` are the
 * actin rings, `clusters` the psd95 sample; `mixed` is not among them.
 */
export function referenceSample(structure: Exclude<Structure, "mixed">, area: Box, seed: number): Bundle[] {
  const random = RandomStream.of(seed, "reference", structure);
  const place = placeIn(area, random);
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

/** What is anchored in one tile of the world. */
export function worldTile(structure: Structure, tile: Box, seed: number, name: string): Bundle[] {
  const random = RandomStream.of(seed, "world", structure, name);
  const place = placeIn(tile, random);
  const z = { zSdNm: 100 };
  const out: Bundle[] = [];
  if (structure === "actin" || structure === "mixed") {
    const neurites = structure === "mixed" ? 1 : 1 + random.int(2);
    for (let i = 0; i < neurites; i++) {
      const id = `${name}/neurite${i}`;
      if (random.uniform() < 0.25)
        out.push(...dendrite({ ...commonDendrite, ...z }, place(), random, seed, id));
      else {
        const p = {
          ...referenceAxon,
          ...z,
          perRing: random.between(250, 600),
          coverage: random.between(0.6, 1),
        };
        out.push(...axon(p, place(), random, seed, id));
      }
    }
  }
  if (structure === "tubulin" || structure === "mixed") {
    const n = structure === "mixed" ? 3 : 6 + random.int(6);
    for (let i = 0; i < n; i++) {
      const p = {
        ...referenceFilament,
        ...z,
        perUm: random.between(500, 1000),
        gaps: random.between(0.05, 0.2),
        bundle: [1, random.uniform() < 0.2 ? 3 : 1] as const,
      };
      out.push(...filament(p, place(), random, seed, `${name}/tubulin${i}`));
    }
  }
  if (structure === "clusters" || structure === "mixed") {
    const n = structure === "mixed" ? 4 : 8 + random.int(12);
    for (let i = 0; i < n; i++)
      out.push(cluster({ ...referenceCluster, ...z }, place(), random, seed, `${name}/psd${i}`));
    out.push(...diffuse(tile, random.between(50, 250), 100, seed, `${name}/diffuse`));
  }
  return out;
}
