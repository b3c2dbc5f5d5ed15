import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { encodeTiff } from "../../core/index.js";
import type { HashedFrame } from "../groups.js";
import { dtypeOf } from "../ome.js";
import { type RunToExport, withPixels } from "./frames.js";
import { omeXml } from "./ome-xml.js";

/** `TO/step-000001-sted.ome.tif` and so on, a file a frame; frames outside a step as `extra-000001.ome.tif`. */
export async function exportOmeTiff(from: RunToExport, to: string): Promise<void> {
  const { steps, extras, run } = from;
  const number = (n: number): string => String(n).padStart(6, "0");
  const write = async (name: string, stored: HashedFrame, more: Record<string, string | number>) => {
    const { frame } = stored;
    const description = omeXml(
      `${run.run} ${name}`,
      frame,
      dtypeOf(frame.pixels),
      annotations(run.run, stored, more),
    );
    const { pixels, shape, pixelSizeNm } = frame;
    await writeFile(join(to, `${name}.ome.tif`), encodeTiff({ pixels, shape, pixelSizeNm, description }));
    from.written();
  };
  for (const { intent, frames } of steps) {
    for (const row of frames) {
      const more = { step: intent.step, reason: intent.why.text, by: intent.by };
      await write(`step-${number(intent.step)}-${row.role}`, await withPixels(from, row), more);
    }
  }
  for (const [i, row] of extras.entries()) {
    await write(`extra-${number(i + 1)}`, await withPixels(from, row), {});
  }
}

function annotations(
  run: string,
  { frame, role, hash, score }: HashedFrame,
  more: Record<string, string | number>,
): Record<string, string | number> {
  const prefixed = (prefix: string, values: Readonly<Record<string, number>>) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}${name}`, value]));
  return {
    run,
    role,
    ...more,
    ...prefixed("", frame.settings),
    ...prefixed("actual.", frame.actual),
    ...(score?.score == null ? {} : { score: score.score }),
    ...(score?.reason === undefined ? {} : { scoreReason: score.reason }),
    ...(frame.region === null ? {} : { region: frame.region }),
    rig: frame.rig,
    frame: frame.id,
    sha256: hash,
  };
}
