/**
 * What lowers an expert's rating, injected into a quarter to a third of a training set (specification §4). The vector
 * of strengths stays with the frame.
 */
import type { RandomStream } from "../../src/core/index.js";
import type { RowDisturbance } from "./frame/rows.js";

/** Range of each defect's strength, weak to strong, in its own unit. */
export const defectRanges = {
  /** Factor on the dose. */
  lowDose: [0.2, 0.03],
  defocusNm: [150, 700],
  doughnutShiftNm: [10, 40],
  zeroResidual: [0.02, 0.1],
  /** Frames of the same settings taken before. */
  earlierFrames: [2, 8],
  /** Linear drift during the frame. */
  driftNm: [20, 150],
  /** sd of each row's displacement. */
  vibrationNm: [5, 50],
  /** Share of the foreground at the detector's end. */
  saturatedShare: [0.03, 0.3],
  /** Factor on the background, and a slab out of focus. */
  haze: [5, 50],
  /** No structure: diffuse molecules and debris. */
  empty: [1, 1],
  /** Relative sd of each row's gain. Hardly lowers the true rating: it looks at other frequencies. */
  stripes: [0.02, 0.1],
  /** Share of the rows that are lost, in runs of a few. */
  droppedRows: [0.03, 0.3],
  /** Scanned with too large pixels, then resampled. */
  pixelNm: [40, 60],
  /** Bright spots that are no structure. */
  hotSpots: [1, 8],
} as const;
export type DefectName = keyof typeof defectRanges;
export type Defects = Readonly<Partial<Record<DefectName, number>>>;
export const defectNames = Object.keys(defectRanges) as DefectName[];

const whole: readonly DefectName[] = ["earlierFrames", "empty", "hotSpots"];

/** @param position 0 = weak, 1 = strong end of the range */
export function defectAt(name: DefectName, position: number): Defects {
  const [weak, strong] = defectRanges[name];
  const value = weak + position * (strong - weak);
  return { [name]: whole.includes(name) ? Math.round(value) : Number(value.toPrecision(3)) };
}

/**
 * No defect in seven frames of ten, else one, in one of six of those a second.
 * @param moreOf defects drawn three times as often as each other one
 */
export function drawDefects(random: RandomStream, moreOf: readonly DefectName[] = []): Defects {
  if (random.uniform() >= 0.3) return {};
  const urn = [...defectNames, ...moreOf, ...moreOf];
  const one = (): Defects => defectAt(urn[random.int(urn.length)] as DefectName, random.uniform());
  const first = one();
  return random.uniform() < 1 / 6 ? { ...first, ...one() } : first;
}

/** "driftNm=84.2 haze=12" */
export function defectsText(defects: Defects): string {
  return Object.entries(defects)
    .map(([name, value]) => `${name}=${value}`)
    .join(" ");
}

/** Rows as vibration, flicker and lost lines disturb them. */
export function rowsOf(defects: Defects, heightPx: number, random: RandomStream): RowDisturbance | undefined {
  const { vibrationNm, stripes, droppedRows } = defects;
  if (vibrationNm === undefined && stripes === undefined && droppedRows === undefined) return undefined;
  const normals = (sd: number): Float64Array =>
    Float64Array.from({ length: heightPx }, () => sd * random.normal());
  const rows: { -readonly [K in keyof RowDisturbance]: RowDisturbance[K] } = {};
  if (vibrationNm !== undefined) {
    rows.shiftXNm = normals(vibrationNm);
    rows.shiftYNm = normals(vibrationNm);
  }
  if (stripes !== undefined || droppedRows !== undefined) {
    const gain = normals(stripes ?? 0).map((v) => Math.max(0, 1 + v));
    const share = droppedRows ?? 0;
    let lost = false;
    for (let y = 0; y < heightPx; y++) {
      // Runs of three rows in the mean: the chance to stop is 1/3, to start what gives the wanted share.
      lost = random.uniform() < (lost ? 2 / 3 : share / (3 * (1 - share)));
      if (lost) gain[y] = 0;
    }
    rows.gain = gain;
  }
  return rows;
}
