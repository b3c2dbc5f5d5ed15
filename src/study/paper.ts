/** The two tables of Robitaille et al. 2018 (Nature Communications 9, 5183): mean and SD over 11 testers, in percent. */

import type { SystemName } from "./items.js";
import { bins, type Measure } from "./measures.js";

export interface PaperCell {
  readonly mean: number;
  readonly sd: number;
}
type Row = readonly (PaperCell | null)[];

const cells = (text: string): Row =>
  text.split(" ").map((cell) => {
    const [mean, sd] = cell.split("±").map(Number);
    return mean === undefined || sd === undefined ? null : { mean, sd };
  });

/** measure -> protein -> system -> the five bins; null = printed as an empty bin. */
const tables: Readonly<Record<Measure, Readonly<Record<string, Readonly<Record<SystemName, Row>>>>>> = {
  confusion: {
    actin: { network: cells("63±25 61±29 76±10 84±11 68±20"), random: cells("26±15 46±22 76±17 70±9 48±37") },
    tubulin: { network: cells("58±25 77±20 80±12 79±20 –"), random: cells("4±9 44±23 44±15 85±13 –") },
  },
  domination: {
    actin: { network: cells("28±21 32±22 48±14 40±12 61±24"), random: cells("10±9 23±11 48±15 30±7 25±20") },
    tubulin: { network: cells("33±23 51±26 57±18 61±18 –"), random: cells("2±4 16±14 20±8 46±13 –") },
  },
};

/** The paper's five cells in percent; null for a protein that it did not study. */
export function paperRow(measure: Measure, structure: string, system: SystemName): Row | null {
  return tables[measure][structure]?.[system] ?? null;
}
export const paperBins = bins;
