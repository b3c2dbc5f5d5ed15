/** Samples for training sets: every property drawn wide (domain randomisation, specification §4). */
import { RandomStream } from "../../../src/core/index.js";
import { axon, commonDendrite, dendrite, referenceAxon } from "./actin.js";
import { cluster, diffuse, referenceCluster } from "./clusters.js";
import type { Box, Bundle } from "./molecules.js";
import type { Structure } from "./structures.js";
import { filament, referenceFilament } from "./tubulin.js";

const zSdNm = 100;

/** @param area nm; structures are anchored in it and reach beyond */
export function randomSample(structure: Structure, area: Box, seed: number, name: string): Bundle[] {
  const random = RandomStream.of(seed, "random-sample", name);
  const place = (): { x: number; y: number } => ({
    x: random.between(area.x0, area.x1),
    y: random.between(area.y0, area.y1),
  });
  const parts: Bundle[] = [];
  const add = (id: string, make: (id: string) => Bundle[]): void => {
    parts.push(...make(`${name}/${id}`));
  };
  const log = (low: number, high: number): number => low * (high / low) ** random.uniform();

  const actin = (few: boolean): void => {
    const kind = random.uniform();
    const axons = kind < 0.65 ? 1 + random.int(few ? 2 : 4) : kind < 0.8 ? 1 : 0;
    const dendrites = kind < 0.65 ? 0 : 1 + (few ? 0 : random.int(2));
    for (let i = 0; i < axons; i++) {
      const p = {
        ...referenceAxon,
        persistenceNm: random.between(40_000, 100_000),
        periodNm: random.between(180, 195),
        perRing: log(150, 800),
        unbound: random.between(0.05, 0.2),
        coverage: random.between(0.3, 1),
        zSdNm,
      };
      add(`axon${i}`, (id) => axon(p, place(), random, seed, id));
    }
    for (let i = 0; i < dendrites; i++) {
      const low = random.between(400, 1000);
      const p = {
        ...commonDendrite,
        perUm: [low, 2 * low] as const,
        spinesPerUm: random.between(0, 1),
        zSdNm,
      };
      add(`dendrite${i}`, (id) => dendrite(p, place(), random, seed, id));
    }
  };
  const tubulin = (few: boolean): void => {
    const n = few ? 3 + random.int(6) : 8 + random.int(20);
    const perUm = log(250, 1000);
    for (let i = 0; i < n; i++) {
      const p = {
        ...referenceFilament,
        persistenceNm: random.between(10_000, 30_000),
        perUm,
        gaps: random.between(0.05, 0.2),
        bundle: [1, random.uniform() < 0.2 ? 4 : 1] as const,
        zSdNm,
      };
      add(`tubulin${i}`, (id) => filament(p, place(), random, seed, id));
    }
  };
  const clusters = (few: boolean): void => {
    const n = few ? 3 + random.int(6) : 5 + random.int(20);
    for (let i = 0; i < n; i++) {
      const p = { ...referenceCluster, perDomain: random.between(150, 500), zSdNm };
      add(`psd${i}`, (id) => [cluster(p, place(), random, seed, id)]);
    }
    add("diffuse", (id) => diffuse(area, random.between(50, 400), zSdNm, seed, id));
  };

  const mixed = structure === "mixed";
  if (structure === "actin" || mixed) actin(mixed);
  if (structure === "tubulin" || (mixed && random.uniform() < 0.6)) tubulin(mixed);
  if (structure === "clusters" || (mixed && random.uniform() < 0.6)) clusters(mixed);
  return parts;
}

/** No structure: some diffuse molecules. */
export function nothing(area: Box, seed: number, name: string): Bundle[] {
  const random = RandomStream.of(seed, "nothing", name);
  return diffuse(area, random.between(0, 300), zSdNm, seed, `${name}/nothing`);
}

/** Debris: bright spots that belong to no structure. */
export function hotSpots(count: number, area: Box, seed: number, name: string): Bundle[] {
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
