import { signal } from "@preact/signals";
import type { Placement } from "./paint.js";
import { shown } from "./picture.js";

/** Zoom and place of the picture, kept from frame to frame; null = the whole picture. */
export const placement = signal<Placement | null>(null);
const mostZoom = 16;

/** @param factor greater than 1 zooms in */
export function zoomBy(factor: number, at?: { readonly x: number; readonly y: number }): void {
  const old = placement.value;
  const zoom = Math.min(mostZoom, (old?.zoom ?? 1) * factor);
  if (zoom <= 1) {
    placement.value = null;
    return;
  }
  const centre = old ?? { zoom: 1, x: 0, y: 0 };
  if (at === undefined) {
    placement.value = { ...centre, zoom };
    return;
  }
  // The point under the pointer stays where it is. Coordinates count from the picture's centre.
  const keep = centre.zoom / zoom;
  placement.value = { zoom, x: at.x + (centre.x - at.x) * keep, y: at.y + (centre.y - at.y) * keep };
}
export function panBy(x: number, y: number): void {
  const old = placement.value;
  if (old !== null) placement.value = { zoom: old.zoom, x: old.x - x, y: old.y - y };
}
/** One step of the keyboard, a tenth of the picture as it is zoomed. @param x −1 left, 1 right @param y −1 up, 1 down */
export function panStep(x: number, y: number): void {
  const picture = shown.peek();
  const old = placement.value;
  if (picture === null || old === null) return;
  const by = (0.1 * Math.max(picture.width, picture.height)) / old.zoom;
  panBy(-x * by, -y * by);
}
export function resetPlacement(): void {
  placement.value = null;
}
