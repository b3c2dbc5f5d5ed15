import { computed, signal } from "@preact/signals";
import { getJson, request } from "./api.js";

/** A frame's counts as the page holds them. */
export interface Picture {
  readonly id: string;
  /** The past run that it belongs to; null = the live one. */
  readonly run: string | null;
  readonly pixels: Uint16Array | Float32Array;
  readonly width: number;
  readonly height: number;
  readonly pixelSizeNm: number;
  readonly kind: string;
}
export type ColourMaps = Readonly<Record<string, Uint8Array>>;

/** 256 RGB triples a name, from the server, so that page and PNG look the same. */
export const colourMaps = signal<ColourMaps>({});
/** Those for frames: counts have no two sides. */
export const frameMaps = computed(() => Object.keys(colourMaps.value).filter((name) => name !== "balance"));
export async function loadColourMaps(): Promise<void> {
  const maps = await getJson<Record<string, string>>("/colour-maps");
  colourMaps.value = Object.fromEntries(Object.entries(maps).map(([name, hex]) => [name, bytesOf(hex)]));
}
function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, i) =>
    Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16),
  );
}

const kept = 12;
const cache = new Map<string, Picture>();

async function load(id: string, run: string | null): Promise<Picture> {
  const key = `${run ?? ""}/${id}`;
  const known = cache.get(key);
  if (known !== undefined) return known;
  const query = run === null ? "" : `&run=${encodeURIComponent(run)}`;
  const answer = await request(`/frames/${encodeURIComponent(id)}?raw=1${query}`);
  const bytes = await answer.arrayBuffer();
  const [height = 0, width = 0] = (answer.headers.get("x-frame-shape") ?? "").split(",").map(Number);
  const picture: Picture = {
    id,
    run,
    pixels:
      answer.headers.get("x-frame-dtype") === "float32" ? new Float32Array(bytes) : new Uint16Array(bytes),
    width,
    height,
    pixelSizeNm: Number(answer.headers.get("x-frame-pixel-size-nm")),
    kind: answer.headers.get("x-frame-kind") ?? "",
  };
  cache.set(key, picture);
  for (const old of cache.keys()) {
    if (cache.size <= kept) break;
    cache.delete(old);
  }
  return picture;
}

/** The picture on show; the last one stays until the next one is here. */
export const shown = signal<Picture | null>(null);
/** The wanted frame cannot be had. */
export const missing = signal(false);
let wanted: { readonly id: string; readonly run: string | null } | null = null;
let loading = false;
let clears = 0;

/**
 * Shows a frame as soon as it is here. While one loads only the newest wish is kept, so that a fast rig costs no
 * more than the line can carry.
 */
export function show(id: string, run: string | null = null): void {
  wanted = { id, run };
  if (!loading) void work();
}
/** Shows nothing: the picture of another run must not stand where this run's would. */
export function clearPicture(): void {
  clears++;
  wanted = null;
  shown.value = null;
  missing.value = false;
}
async function work(): Promise<void> {
  loading = true;
  while (wanted !== null) {
    const { id, run } = wanted;
    wanted = null;
    const asked = clears;
    try {
      const picture = await load(id, run);
      // Cleared meanwhile: it belongs to a run that is no longer looked at.
      if (asked !== clears) continue;
      shown.value = picture;
      missing.value = false;
    } catch {
      missing.value = shown.value?.id !== id;
    }
  }
  loading = false;
}
