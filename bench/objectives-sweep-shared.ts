/** Every structure at pixels from far too small to far too large: a number that is right, or null with its reason, never a crash. */
import { renderFrame, structures } from "../drivers/simulated/index.js";
import type { ObjectiveValue } from "../src/core/index.js";
import { evaluateObjectives } from "../src/objectives/index.js";

const pixelSizes = [5, 8, 10, 15, 20, 30, 40, 60];
const seed = 1;
const settings = { depletionPowerMw: 75, excitationPowerUw: 10, dwellTimeUs: 30, lineRepeats: 1 };

/** @returns a table, a line a frame @throws Error where a value is neither a finite number nor null with a reason */
export function sweepTable(): string {
  const lines = structures.flatMap((structure) =>
    pixelSizes.map((pixelSizeNm) => {
      const began = process.cpuUsage();
      const frame = renderFrame({ sample: { structure }, settings, pixelSizeNm, seed });
      const { pixels, shape, molecules } = frame;
      const sted = { pixels, shape, pixelSizeNm };
      const found = evaluateObjectives({ before: null, sted, after: null, score: null, settings });
      const { user, system } = process.cpuUsage(began);
      for (const [name, { value, reason }] of Object.entries(found)) {
        if (value === null ? !reason : !Number.isFinite(value)) {
          throw new Error(`${structure}, ${pixelSizeNm} nm: ${name} is ${value}, ${reason ?? "no reason"}`);
        }
      }
      const known = frame.resolutionNm;
      const value = (name: string): number | null => (found[name] as ObjectiveValue).value;
      const told = (name: string): string => {
        const v = value(name);
        if (v === null) return "null";
        return known === null ? v.toFixed(0) : `${v.toFixed(0)} (${(100 * (v / known - 1)).toFixed(0)} %)`;
      };
      const lost = 1 - molecules.after / molecules.before;
      return `| ${structure} | ${pixelSizeNm} | ${shape[0]} | ${(100 * lost).toFixed(0)} % | ${value("snr")?.toFixed(1) ?? "null"} | ${known?.toFixed(0) ?? "none"} | ${told("frcNm")} | ${told("resolutionNm")} | ${found["resolutionNm"]?.reason ?? ""} | ${((user + system) / 1e6).toFixed(1)} |`;
    }),
  );
  return [
    "| sample | pixel, nm | side | bleached | SNR | known | frcNm | resolutionNm | why null | CPU s, frame and objectives |",
    `|${"---|".repeat(10)}`,
    ...lines,
  ].join("\n");
}
