/** Which frames of the rig's own samples `npm run bench objectives` looks at. */
export const powers = [25, 50, 75, 100, 150, 200, 250, 300];

/** Frames of some fields at some settings. */
export interface View {
  readonly pixelSizeNm: number;
  readonly scanSeeds: readonly number[];
  readonly dwellTimesUs: readonly number[];
  readonly scanPowers: readonly number[];
  /** Excitation, µW; default 10. */
  readonly excitationUw?: number;
}
/** Frames of the rig's own samples: fields of its own pixels, and some of others. */
export const shortViews: readonly View[] = [
  { pixelSizeNm: 20, scanSeeds: [1, 4, 8, 13], dwellTimesUs: [30], scanPowers: powers },
  { pixelSizeNm: 15, scanSeeds: [21], dwellTimesUs: [40], scanPowers: [50, 100, 200] },
  { pixelSizeNm: 25, scanSeeds: [22], dwellTimesUs: [30], scanPowers: [50, 100, 200] },
  { pixelSizeNm: 30, scanSeeds: [23], dwellTimesUs: [30], scanPowers: [50, 100, 200] },
];
/** The same with `scan`: a thousand frames and more. */
export const wideViews: readonly View[] = [
  {
    pixelSizeNm: 20,
    scanSeeds: Array.from({ length: 14 }, (_, i) => i + 1),
    dwellTimesUs: [30, 60],
    scanPowers: powers,
  },
  ...[15, 25, 30].map((pixelSizeNm) => ({
    pixelSizeNm,
    scanSeeds: [21, 22, 23],
    dwellTimesUs: [30],
    scanPowers: powers,
  })),
];

const seedsFrom = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i);
/** At a dose that saturates the counter. */
const saturating = (scanSeeds: readonly number[], scanPowers: readonly number[]): View => ({
  pixelSizeNm: 20,
  scanSeeds,
  dwellTimesUs: [80],
  scanPowers,
  excitationUw: 15,
});
/** Fields that no setting of the estimators was chosen on, at doses at which most of them bleach less than half. */
export const heldOutViews: readonly View[] = [
  { pixelSizeNm: 10, scanSeeds: seedsFrom(421, 422), dwellTimesUs: [30], scanPowers: [25, 50] },
  { pixelSizeNm: 15, scanSeeds: seedsFrom(405, 408), dwellTimesUs: [30], scanPowers: [25, 75, 150] },
  { pixelSizeNm: 20, scanSeeds: seedsFrom(405, 408), dwellTimesUs: [30], scanPowers: [25, 50, 100, 200] },
  saturating(seedsFrom(415, 418), [25]),
  { pixelSizeNm: 25, scanSeeds: seedsFrom(411, 414), dwellTimesUs: [30], scanPowers: [25, 75, 150] },
  { pixelSizeNm: 30, scanSeeds: seedsFrom(415, 418), dwellTimesUs: [30], scanPowers: [25, 75, 150] },
  // A second look, at other fields, with nothing changed in between.
  { pixelSizeNm: 10, scanSeeds: seedsFrom(423, 426), dwellTimesUs: [30], scanPowers: [25, 75] },
  { pixelSizeNm: 15, scanSeeds: seedsFrom(427, 430), dwellTimesUs: [30], scanPowers: [25, 75, 150] },
  { pixelSizeNm: 20, scanSeeds: seedsFrom(431, 434), dwellTimesUs: [30], scanPowers: [25, 50, 100, 200] },
  saturating(seedsFrom(435, 438), [25, 50]),
  { pixelSizeNm: 25, scanSeeds: seedsFrom(439, 442), dwellTimesUs: [30], scanPowers: [25, 75, 150] },
  { pixelSizeNm: 30, scanSeeds: seedsFrom(443, 446), dwellTimesUs: [30], scanPowers: [25, 75, 150] },
];
