import { panBy, zoomBy } from "./placement.js";

interface At {
  readonly x: number;
  readonly y: number;
}

/**
 * One finger or the mouse moves the picture, two fingers zoom about the point between them.
 * @param scale CSS pixels a picture pixel @param placeOf a point of the element in picture pixels from the picture's centre
 */
export class Drag {
  private readonly pointers = new Map<number, At>();

  down(event: PointerEvent): void {
    (event.currentTarget as Element).setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
  }

  move(event: PointerEvent, scale: number, placeOf: (at: At) => At): void {
    const before = this.pointers.get(event.pointerId);
    if (before === undefined) return;
    const now = { x: event.offsetX, y: event.offsetY };
    this.pointers.set(event.pointerId, now);
    const other = [...this.pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (other === undefined) {
      panBy((now.x - before.x) / scale, (now.y - before.y) / scale);
      return;
    }
    const far = (a: At): number => Math.hypot(a.x - other.x, a.y - other.y);
    const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
    if (far(before) > 0) zoomBy(far(now) / far(before), placeOf(middle));
  }

  up(event: PointerEvent): void {
    this.pointers.delete(event.pointerId);
  }
}
