/** What lies in a piece of the sample, by the kind of structure, with every property drawn (specification §4). */
import { RandomStream } from "../../../src/core/index.js";
import { cluster, diffuse, referenceCluster } from "./clusters.js";
import type { Box, Bundle } from "./molecules.js";
import { naturalAxon } from "./natural-actin.js";
import { naturalSynapses } from "./natural-clusters.js";
import { naturalDendrite } from "./natural-dendrite.js";
import { cytosol, naturalFilament } from "./natural-tubulin.js";
import type { Structure } from "./structures.js";

/** How far a structure may reach beyond the place where it is anchored, nm. */
export const reachNm = 8500;

/** How much of everything. */
export interface NaturalOptions {
  /** Neurites or dendrites anchored in the area, from and to. */
  readonly neurites: readonly [number, number];
  /** Filaments anchored in the area, from and to. */
  readonly filaments: readonly [number, number];
  /** Times the common number of labels, from and to (drawn once an area). */
  readonly labelling: readonly [number, number];
  readonly zSdNm: number;
  /** Share of dendrites among the neurites of actin, 0..1. */
  readonly dendrites: number;
  /** Mean period of the rings, nm. */
  readonly latticeNm: number;
  /** Times the common number of labels in planes out of focus and in solution. */
  readonly outOfFocus: number;
  /** Times the number of everything; default 1. */
  readonly density?: number;
}
/** What a user may turn about the sample of the simulated rig. */
export interface SampleTuning {
  /** Structures per area, times the common number. */
  readonly density?: number | undefined;
  /** Fluorophores, times the common number. */
  readonly labelling?: number | undefined;
  /** Background light, times the detector's own. */
  readonly background?: number | undefined;
  /** Labels out of focus and in solution, times the common number. */
  readonly outOfFocus?: number | undefined;
  /** Share of the slide on which nothing starts to grow, 0..1. */
  readonly emptyShare?: number | undefined;
  /** Dendrites among the neurites, 0..1. */
  readonly dendriteShare?: number | undefined;
  readonly latticePeriodNm?: number | undefined;
  readonly depthSdNm?: number | undefined;
}
/** What is common where nothing else is asked for. */
export const commonSample = { zSdNm: 100, dendrites: 0.3, latticeNm: 187.5, outOfFocus: 1 } as const;

/** @param area nm; structures are anchored in it and reach beyond */
export function naturalSample(
  structure: Structure,
  area: Box,
  o: NaturalOptions,
  seed: number,
  name: string,
): Bundle[] {
  const random = RandomStream.of(seed, "natural", structure, name);
  const place = (): { x: number; y: number } => ({
    x: random.between(area.x0, area.x1),
    y: random.between(area.y0, area.y1),
  });
  const labelling = o.labelling[0] * (o.labelling[1] / o.labelling[0]) ** random.uniform();
  const { zSdNm, latticeNm, outOfFocus } = o;
  const mixed = structure === "mixed";
  const density = o.density ?? 1;
  const count = ([low, high]: readonly [number, number], share = 1): number =>
    Math.max(
      mixed ? 0 : Math.floor(density * low),
      Math.round(density * share * (low + random.int(high - low + 1))),
    );
  const out: Bundle[] = [];
  if (structure === "actin" || mixed) {
    for (let i = count(o.neurites, mixed ? 0.6 : 1); i > 0; i--) {
      const at = { ...place(), labelling, zSdNm, latticeNm, outOfFocus };
      const make = random.uniform() < o.dendrites ? naturalDendrite : naturalAxon;
      out.push(...make(at, random, seed, `${name}/neurite${i}`));
    }
    out.push(
      ...diffuse(area, outOfFocus * labelling * random.between(2, 16), 2 * zSdNm, seed, `${name}/haze`),
    );
  }
  if (structure === "tubulin" || mixed) {
    const perUm = 450 * labelling;
    for (let i = count(o.filaments, mixed ? 0.3 : 1); i > 0; i--) {
      out.push(...naturalFilament(place(), { perUm, zSdNm }, random, seed, `${name}/tubulin${i}`));
    }
    const loose = (mixed ? 0.3 : 1) * outOfFocus * labelling * 120 * 20 ** random.uniform();
    out.push(...cytosol(area, loose, zSdNm, seed, `${name}/cytosol`));
  }
  if (structure === "clusters" || mixed) {
    for (let i = count(o.neurites, mixed ? 0.5 : 1); i > 0; i--) {
      const p = {
        ...place(),
        perDomain: 280 * labelling,
        perUm: random.between(0.5, 1.6),
        loosePerUm2: labelling * random.between(50, 350),
        zSdNm,
      };
      out.push(...naturalSynapses(p, random, seed, `${name}/synapses${i}`));
    }
    out.push(
      ...diffuse(area, outOfFocus * labelling * random.between(5, 40), 2 * zSdNm, seed, `${name}/haze`),
    );
  }
  return out;
}

/** No structure: some diffuse molecules. */
export function nothing(area: Box, zSdNm: number, seed: number, name: string): Bundle[] {
  const random = RandomStream.of(seed, "nothing", name);
  return diffuse(area, random.between(0, 300), zSdNm, seed, `${name}/nothing`);
}

/** Debris: bright spots that belong to no structure. */
export function hotSpots(count: number, area: Box, zSdNm: number, seed: number, name: string): Bundle[] {
  const random = RandomStream.of(seed, "hot-spots", name);
  return Array.from({ length: count }, (_, i) => {
    const spot = {
      ...referenceCluster,
      domains: [1, 1] as const,
      domainSdNm: [40, 150] as const,
      perDomain: random.between(2000, 8000),
      zSdNm,
    };
    const at = { x: random.between(area.x0, area.x1), y: random.between(area.y0, area.y1) };
    return cluster(spot, at, random, seed, `${name}/spot${i}`);
  });
}
