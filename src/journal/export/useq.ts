import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Region, Settings } from "../../core/index.js";
import type { FrameRow } from "../records.js";
import type { RunToExport } from "./frames.js";

/** Group of the channels, and device of the properties: in Micro-Manager they are whatever you name so. */
const group = "stedloop";

interface Place {
  readonly name: string;
  readonly region: Region | null;
  readonly frames: readonly { readonly row: FrameRow; readonly channel: string; readonly metadata: object }[];
}

/**
 * `TO/RUN.useq.json`, an MDASequence with a stage position a step and a channel a frame, and `TO/RUN.events.json`, the same
 * frames as a list of MDAEvents, each with its own settings as properties (device "stedloop") and everything that was
 * measured as metadata. Written for useq-schema 0.9. Positions are µm, exposures ms (of the whole frame).
 */
export async function exportUseq(from: RunToExport, to: string): Promise<void> {
  const { run } = from;
  const places = placesOf(from);
  const metadata = {
    stedloop: {
      run: run.run,
      startedAt: run.startedAt,
      software: run.software,
      model: run.model,
      rig: run.config,
    },
  };
  const sequence = {
    metadata,
    axis_order: ["p", "c"],
    stage_positions: places.map((place) => ({
      ...xy(place.region),
      name: place.name,
      sequence: {
        channels: place.frames.map(({ row, channel }) => ({
          group,
          config: channel,
          exposure: exposureMs(row.frame.settings, row.frame.shape),
        })),
      },
    })),
  };
  const events = places.flatMap(({ name, region, frames }, p) =>
    frames.map(({ row, channel, metadata: told }, c) => ({
      index: { p, c },
      channel: { group, config: channel },
      exposure: exposureMs(row.frame.settings, row.frame.shape),
      ...(region === null ? {} : { x_pos: region.xUm, y_pos: region.yUm }),
      pos_name: name,
      properties: Object.entries(row.frame.settings).map(([setting, value]) => [group, setting, value]),
      metadata: { stedloop: told },
    })),
  );
  await writeFile(join(to, `${run.run}.useq.json`), `${JSON.stringify(sequence, null, 2)}\n`);
  await writeFile(join(to, `${run.run}.events.json`), `${JSON.stringify(events, null, 2)}\n`);
  for (let i = 0; i < events.length; i++) from.written();
}

function placesOf({ steps, extras }: RunToExport): Place[] {
  const ofSteps = steps.map(({ intent, result, frames }): Place => {
    const { step, at, by, region } = intent;
    const objectives = Object.fromEntries(
      Object.entries(result?.objectives ?? {}).map(([name, { value }]) => [name, value]),
    );
    return {
      name: `step ${step}`,
      region,
      frames: frames.map((row) => ({
        row,
        channel: row.role,
        metadata: { step, role: row.role, at, by, why: intent.why.text, objectives, ...measured(row) },
      })),
    };
  });
  // A frame that belongs to no step is a position of its own.
  const alone = extras.map((row, i): Place => {
    const name = `frame ${i + 1}${row.frame.region === null ? "" : ` ${row.frame.region}`}`;
    return { name, region: null, frames: [{ row, channel: row.frame.kind, metadata: measured(row) }] };
  });
  return [...ofSteps, ...alone];
}

function measured({ id, hash, frame, score }: FrameRow): object {
  const { kind, settings, actual, region, acquiredAt, pixelSizeNm, shape, saturated } = frame;
  const said = { kind, settings, actual, region, acquiredAt, pixelSizeNm, shape, saturated };
  const { score: value = null, lower = null, upper = null, reason } = score ?? {};
  return {
    frame: id,
    sha256: hash,
    ...said,
    score: value,
    lower,
    upper,
    ...(reason === undefined ? {} : { reason }),
  };
}

function xy(region: Region | null): { readonly x?: number; readonly y?: number } {
  return region === null ? {} : { x: region.xUm, y: region.yUm };
}

/** A camera's exposure, or the time that a scan of the frame takes; null where the settings tell neither. */
function exposureMs(settings: Settings, [height, width]: readonly [number, number]): number | null {
  const { exposureMs: own, dwellTimeUs, lineRepeats = 1 } = settings;
  if (own !== undefined && own > 0) return own;
  if (dwellTimeUs === undefined || !(dwellTimeUs > 0)) return null;
  return (dwellTimeUs * lineRepeats * height * width) / 1000;
}
