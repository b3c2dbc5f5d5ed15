import { mkdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { encode } from "fast-png";
import { encodeTiff, type Image, percentile, StoreError } from "../core/index.js";
import type { HeatmapImage } from "./heatmap.js";
import { atPixelSize } from "./prepare.js";
import type { Scored } from "./scored.js";

/**
 * Writes what the network saw of one frame: `NAME[-FRAME].heatmap.ome.tif` (float32, NaN-free, the frame's size at the
 * network's pixel size) and `NAME[-FRAME].heatmap.png` (the frame in grey with the map in colour on it). A frame
 * without a score has no map and writes nothing.
 * @throws StoreError when the folder cannot be written
 */
export async function writeHeatmap(
  folder: string,
  file: string,
  frame: number | null,
  image: Image,
  { heatmap }: Scored,
): Promise<void> {
  if (heatmap === null) return;
  const stem = basename(file).replace(/(\.ome)?\.[^.]+$/i, "") + (frame === null ? "" : `-${frame}`);
  const { pixels } = atPixelSize(image, heatmap.pixelSizeNm);
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, `${stem}.heatmap.ome.tif`), heatmapTiff(heatmap));
    await writeFile(join(folder, `${stem}.heatmap.png`), overlayPng(pixels, heatmap));
  } catch (cause) {
    throw new StoreError(
      "HEATMAP_NOT_WRITTEN",
      `the heatmap cannot be written: ${(cause as Error).message}`,
      {
        where: folder,
        cause,
      },
    );
  }
}

/** The heatmap as an OME-TIFF of one plane. */
export function heatmapTiff({ data, shape, pixelSizeNm, kind }: HeatmapImage): Uint8Array {
  const [height, width] = shape;
  const um = pixelSizeNm / 1e3;
  const name = kind === "occlusion" ? "score change by occlusion" : "local quality score";
  const description =
    `<?xml version="1.0" encoding="UTF-8"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06">` +
    `<Image ID="Image:0" Name="${name}"><Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="float" ` +
    `SizeX="${width}" SizeY="${height}" SizeC="1" SizeZ="1" SizeT="1" ` +
    `PhysicalSizeX="${um}" PhysicalSizeXUnit="um" PhysicalSizeY="${um}" PhysicalSizeYUnit="um">` +
    `<Channel ID="Channel:0:0" SamplesPerPixel="1"/><TiffData/></Pixels></Image></OME>`;
  return encodeTiff({ pixels: data, shape, pixelSizeNm, description });
}

/** Anchors of the two colour scales, 0..1 from low to high; readable with the common colour-vision deficiencies. */
const sequential = [
  [68, 1, 84],
  [59, 82, 139],
  [33, 145, 140],
  [94, 201, 98],
  [253, 231, 37],
] as const;
const diverging = [
  [33, 102, 172],
  [146, 197, 222],
  [120, 120, 120],
  [244, 165, 130],
  [178, 24, 43],
] as const;
const strength = 0.45;

/** The frame in grey, the map laid over it: dark violet 0 to yellow 1, or blue (against) to red (for) by occlusion. */
export function overlayPng(pixels: ArrayLike<number>, map: HeatmapImage): Uint8Array {
  const [height, width] = map.shape;
  const top = Math.max(1e-9, percentile(pixels, 99.5));
  const scale = map.kind === "occlusion" ? diverging : sequential;
  let most = 1e-9;
  if (map.kind === "occlusion") for (const v of map.data) most = Math.max(most, Math.abs(v));
  const data = new Uint8Array(3 * height * width);
  for (let i = 0; i < height * width; i++) {
    const grey = 255 * Math.sqrt(Math.min(1, (pixels[i] as number) / top));
    const v = map.data[i] as number;
    const position = map.kind === "occlusion" ? 0.5 + v / most / 2 : v;
    const at = Math.min(1, Math.max(0, position)) * (scale.length - 1);
    const low = Math.min(scale.length - 2, Math.floor(at));
    for (let c = 0; c < 3; c++) {
      const a = (scale[low] as readonly number[])[c] as number;
      const b = (scale[low + 1] as readonly number[])[c] as number;
      data[3 * i + c] = Math.round((1 - strength) * grey + strength * (a + (b - a) * (at - low)));
    }
  }
  return encode({ width, height, data, channels: 3, depth: 8 });
}
