import type { DeviceUnderTest } from "./bench.js";

const depletionTable = [
  [100, 20],
  [1000, 250],
] as const;
const excitationTable = [
  [1, 0.0005],
  [10, 0.006],
  [100, 0.02],
] as const;

/** The devices of the table, in rigs of three or four. */
export const usualSet: readonly DeviceUnderTest[] = [
  { name: "depletion", kind: "mpb-vfl", role: "depletion", table: depletionTable, maxMw: 1000 },
  {
    name: "laser640",
    kind: "cobolt-06",
    role: "excitation",
    more: ", powerMw: 20",
    maxMw: 50,
    behind: "aotf",
  },
  {
    name: "aotf",
    kind: "aa-mpds",
    role: "aotf",
    more: ", channel: 1, gates: excitation",
    table: excitationTable,
    maxMw: 100,
  },
];

/** A laser behind a shutter, and one that is switched for each scan. */
export const shutterSet: readonly DeviceUnderTest[] = [
  { name: "depletion", kind: "katana", role: "depletion", table: depletionTable, maxMw: 1000 },
  {
    name: "laser488",
    kind: "obis",
    role: "excitation",
    table: [
      [2, 0.0005],
      [40, 0.02],
    ],
    maxMw: 40,
    behind: "shutter",
  },
  { name: "shutter", kind: "sc10", role: "aotf", more: ", gates: excitation", maxMw: 1 },
];

/** No gates: everything is switched for each scan. */
export const bareSet: readonly DeviceUnderTest[] = [
  {
    name: "depletion",
    kind: "luxx",
    role: "depletion",
    table: [
      [10, 20],
      [60, 250],
    ],
    maxMw: 60,
  },
  {
    name: "laser640",
    kind: "ibeam-smart",
    role: "excitation",
    table: [
      [2, 0.0005],
      [40, 0.02],
    ],
    maxMw: 40,
  },
  { name: "laser561", kind: "skyra", role: "excitation", more: ", channel: 1, powerMw: 10", maxMw: 20 },
  { name: "laser405", kind: "oxxius", role: "excitation", more: ", powerMw: 10", maxMw: 20 },
];

/** Two channels of one AA box on one port, one a beam. */
export const oneBoxSet: readonly DeviceUnderTest[] = [
  {
    name: "laser775",
    kind: "mpb-vfl",
    role: "depletion",
    more: ", powerMw: 800",
    maxMw: 1000,
    behind: "aotf775",
  },
  {
    name: "laser640",
    kind: "cobolt-06",
    role: "excitation",
    more: ", powerMw: 20",
    maxMw: 50,
    behind: "aotf640",
  },
  {
    name: "aotf640",
    kind: "aa-mpds",
    role: "aotf",
    more: ", channel: 1, gates: excitation",
    table: excitationTable,
    maxMw: 100,
    register: "l1",
  },
  {
    name: "aotf775",
    kind: "aa-mpds",
    role: "aotf",
    more: ", channel: 2, gates: depletion",
    table: [
      [1, 20],
      [100, 250],
    ],
    maxMw: 100,
    on: "aotf640",
    register: "l2",
  },
];
