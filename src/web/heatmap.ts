import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ApiError, request } from "./api.js";
import { shown } from "./picture.js";
import { withHeatmap } from "./viewer.js";

const image = signal<{ readonly id: string; readonly bitmap: ImageBitmap } | null>(null);
/** The loaded model has none: said once, not asked again. */
export const noHeatmap = signal(false);

/** The heatmap of the frame on show, where it is wanted and there is one. */
export function useHeatmap(): ImageBitmap | null {
  const id = shown.value?.id;
  const on = withHeatmap.value && !noHeatmap.value;
  useEffect(() => {
    if (!on || id === undefined || image.peek()?.id === id) return;
    request(`/frames/${encodeURIComponent(id)}/heatmap?map=lagoon`)
      .then(async (answer) => {
        image.value = { id, bitmap: await createImageBitmap(await answer.blob()) };
      })
      .catch((thrown) => {
        if (thrown instanceof ApiError && thrown.code === "NO_HEATMAP") noHeatmap.value = true;
      });
  }, [id, on]);
  return on && image.value?.id === id ? (image.value?.bitmap ?? null) : null;
}
