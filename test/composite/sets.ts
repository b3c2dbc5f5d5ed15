import type { DeviceUnderTest } from "./bench.js";

const depletionTable = [
  [100, 20],
  [1000, 250],
] as const;

/** The devices of the table, in rigs of two or three. */
export const usualSet: readonly DeviceUnderTest[] = [
  { name: "depletion", kind: "mpb-vfl", role: "depletion", table: depletionTable, maxMw: 1000 },
  { name: "laser640", kind: "cobolt-06", role: "excitation", more: ", powerMw: 20", maxMw: 50 },
  {
    name: "aotf",
    kind: "aa-mpds",
    role: "aotf",
    more: ", channel: 1, gates: excitation",
    table: [
      [1, 0.0005],
      [10, 0.006],
      [100, 0.02],
    ],
    maxMw: 100,
  },
];
