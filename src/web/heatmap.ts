import { computed, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ApiError, lineOf, request } from "./api.js";
import { shown } from "./picture.js";
import { withHeatmap } from "./viewer.js";

export interface HeatmapPicture {
  readonly key: string;
  readonly bitmap: ImageBitmap;
  /** `network`: local quality; `occlusion`: by how much the score falls when a place is covered. */
  readonly kind: "network" | "occlusion";
  /** Values at the two ends of its colours. */
  readonly range: readonly [number, number];
}

const image = signal<HeatmapPicture | null>(null);
const refused = signal<{ readonly key: string; readonly line: string } | null>(null);
const keyOf = (id: string, run: string | null): string => `${run ?? ""}/${id}`;
const key = computed(() => (shown.value === null ? null : keyOf(shown.value.id, shown.value.run)));
/** Why the frame on show has no heatmap; null while it may come, or is there. */
export const heatmapTrouble = computed(() =>
  withHeatmap.value && refused.value?.key === key.value ? (refused.value?.line ?? null) : null,
);
export const heatmapComes = computed(
  () =>
    withHeatmap.value &&
    key.value !== null &&
    image.value?.key !== key.value &&
    heatmapTrouble.value === null,
);

/** Reads the answer of a route that sends a heatmap. */
export async function readHeatmap(answer: Response, of: string): Promise<HeatmapPicture> {
  const [low = 0, high = 1] = (answer.headers.get("x-heatmap-range") ?? "0,1").split(",").map(Number);
  const kind = answer.headers.get("x-heatmap-kind") === "occlusion" ? "occlusion" : "network";
  return { key: of, kind, range: [low, high], bitmap: await createImageBitmap(await answer.blob()) };
}

let wanted: { readonly id: string; readonly run: string | null } | null = null;
let loading = false;

/** One at a time, the newest wish only: a heatmap may be some hundred inferences. */
async function work(): Promise<void> {
  loading = true;
  while (wanted !== null) {
    const { id, run } = wanted;
    wanted = null;
    const query = run === null ? "" : `&run=${encodeURIComponent(run)}`;
    try {
      const answer = await request(`/frames/${encodeURIComponent(id)}/heatmap?map=lagoon${query}`);
      const next = await readHeatmap(answer, keyOf(id, run));
      image.peek()?.bitmap.close();
      image.value = next;
    } catch (thrown) {
      const line =
        thrown instanceof ApiError && thrown.code === "NO_HEATMAP"
          ? "no heatmap: a frame without a score has none"
          : lineOf(thrown);
      refused.value = { key: keyOf(id, run), line };
    }
  }
  loading = false;
}

/** The heatmap of the frame on show, where it is wanted and there is one. */
export function useHeatmap(): HeatmapPicture | null {
  const now = key.value;
  const on = withHeatmap.value;
  useEffect(() => {
    const picture = shown.peek();
    if (!on || picture === null || image.peek()?.key === now) return;
    wanted = { id: picture.id, run: picture.run };
    if (!loading) void work();
  }, [now, on]);
  return on && image.value?.key === now ? image.value : null;
}
