import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { create, get, open, root, type Array as ZarrArray } from "zarrita";
import { type Frame, type Pixels, pixelBytes } from "../core/index.js";
import type { FolderStore } from "./folder-store.js";

const compress = promisify(gzip);
/** Level 1 makes photon counts four times smaller in about a millisecond a frame; more costs time for little. */
const gzipLevel = 1;
export const omeVersion = "0.5";

type Attributes = Record<string, unknown>;

/** A group's `zarr.json`. @param path absolute in the store; "" or "/" is its root */
export async function writeGroup(store: FolderStore, path: string, attributes: Attributes): Promise<void> {
  await create(root(store).resolve(path === "" ? "/" : path), { attributes });
}

/**
 * One frame as an OME-Zarr 0.5 image: a group with one resolution level `0`, axes y and x, scale in micrometres.
 * @param attributes kept beside the image's own under `stedloop`
 */
export async function writeImage(
  store: FolderStore,
  path: string,
  name: string,
  frame: Pick<Frame, "pixels" | "shape" | "pixelSizeNm">,
  attributes: Attributes,
): Promise<void> {
  const um = frame.pixelSizeNm / 1000;
  const [height, width] = frame.shape;
  const image = writeGroup(store, path, {
    ome: {
      version: omeVersion,
      multiscales: [
        {
          name,
          axes: ["y", "x"].map((axis) => ({ name: axis, type: "space", unit: "micrometer" })),
          datasets: [{ path: "0", coordinateTransformations: [{ type: "scale", scale: [um, um] }] }],
        },
      ],
    },
    stedloop: attributes,
  });
  const array = create(root(store).resolve(level(path)), {
    shape: [height, width],
    chunkShape: [height, width],
    dtype: dtypeOf(frame.pixels),
    codecs: [
      { name: "bytes", configuration: { endian: "little" } },
      { name: "gzip", configuration: { level: gzipLevel } },
    ],
    fillValue: 0,
    dimensionNames: ["y", "x"],
  });
  // The one chunk is written here: zarrita only unpacks gzip.
  const chunk = compress(pixelBytes(frame.pixels), { level: gzipLevel }).then((bytes) =>
    store.set(`${level(path)}/c/0/0`, bytes),
  );
  // All three have ended, well or not, before this returns: nobody writes on after a failure was reported.
  const ends = await Promise.allSettled([image, array, chunk]);
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}

/** The pixels of an image group that `writeImage` wrote, and their shape. */
export async function readImage(
  store: FolderStore,
  path: string,
): Promise<{ readonly pixels: Pixels; readonly shape: readonly [number, number] }> {
  const array = await open.v3(root(store).resolve(level(path)), { kind: "array" });
  const { data, shape } = await get(array as ZarrArray<"uint16" | "float32", FolderStore>);
  return { pixels: data, shape: [shape[0] as number, shape[1] as number] };
}

/** The array of an image group's one resolution level. */
function level(path: string): `/${string}` {
  return path === "/" ? "/0" : `/${path.replace(/^\//, "")}/0`;
}

export function dtypeOf(pixels: Pixels): "uint16" | "float32" {
  return pixels instanceof Float32Array ? "float32" : "uint16";
}
