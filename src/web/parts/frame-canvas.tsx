import type { JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { noHeatmap, useHeatmap } from "../heatmap.js";
import { paint, percentileContrast, scaleBar, scaleOf } from "../paint.js";
import { colourMaps, missing, shown } from "../picture.js";
import { panBy, placement, resetPlacement, zoomBy } from "../placement.js";
import { type Size, useSize } from "../size.js";
import { mapName, withHeatmap } from "../viewer.js";

interface Under {
  readonly x: number;
  readonly y: number;
  readonly count: number;
}

/** Draws the counts themselves, one square a pixel, never smoothed. Wheel and drag zoom and move. */
export function FrameCanvas(): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const drawing = useRef(document.createElement("canvas"));
  const box = useRef<HTMLDivElement>(null);
  const size = useSize(box);
  const [under, setUnder] = useState<Under | null>(null);
  const heat = useHeatmap();
  const picture = shown.value;
  const place = placement.value;
  const map = colourMaps.value[mapName.value];

  useLayoutEffect(() => {
    if (picture === null) return;
    drawing.current.width = picture.width;
    drawing.current.height = picture.height;
    drawing.current.getContext("2d")?.putImageData(paint(picture, percentileContrast(picture), map), 0, 0);
  }, [picture, map]);
  useLayoutEffect(() => {
    const target = canvas.current;
    const context = target?.getContext("2d");
    if (target === null || context === null || context === undefined || picture === null) return;
    target.width = Math.round(size.width * devicePixelRatio);
    target.height = Math.round(size.height * devicePixelRatio);
    const scale = scaleOf(target, picture, place?.zoom ?? 1);
    const left = target.width / 2 - (picture.width / 2 + (place?.x ?? 0)) * scale;
    const top = target.height / 2 - (picture.height / 2 + (place?.y ?? 0)) * scale;
    context.imageSmoothingEnabled = false;
    context.drawImage(drawing.current, left, top, picture.width * scale, picture.height * scale);
    if (heat !== null) {
      context.globalAlpha = 0.55;
      context.imageSmoothingEnabled = true;
      context.drawImage(heat, left, top, picture.width * scale, picture.height * scale);
      context.globalAlpha = 1;
    }
  }, [picture, map, size, place, heat]);

  const cssScale = picture === null ? 1 : fitted(size, picture) * (place?.zoom ?? 1);
  const bar = picture === null ? null : scaleBar(size.width, cssScale / picture.pixelSizeNm);
  /** Place under the pointer in picture pixels, counted from the picture's centre. */
  const at = (event: MouseEvent): { x: number; y: number } => ({
    x: (event.offsetX - size.width / 2) / cssScale + (place?.x ?? 0),
    y: (event.offsetY - size.height / 2) / cssScale + (place?.y ?? 0),
  });
  return (
    <div class="frame-box" ref={box}>
      <canvas
        ref={canvas}
        aria-label={picture === null ? "no frame yet" : `${picture.kind} frame`}
        role="img"
        onWheel={(event) => {
          event.preventDefault();
          zoomBy(event.deltaY < 0 ? 1.2 : 1 / 1.2, at(event));
        }}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={(event) => {
          if (event.buttons === 1) panBy(event.movementX / cssScale, event.movementY / cssScale);
          if (picture === null) return;
          const from = at(event);
          const x = Math.floor(from.x + picture.width / 2);
          const y = Math.floor(from.y + picture.height / 2);
          const inside = x >= 0 && y >= 0 && x < picture.width && y < picture.height;
          setUnder(inside ? { x, y, count: picture.pixels[y * picture.width + x] ?? 0 } : null);
        }}
        onPointerLeave={() => setUnder(null)}
        onDblClick={resetPlacement}
      />
      {bar !== null && (
        <div class="scale-bar" aria-label={`scale bar ${bar.um} µm`} role="img">
          <span>{bar.um} µm</span>
          <i style={{ width: `${bar.px}px` }} />
        </div>
      )}
      {under !== null && (
        <div class="under" aria-hidden="true">
          {under.x}, {under.y}: <b>{Math.round(under.count * 100) / 100}</b>
        </div>
      )}
      {picture === null && <div class="nothing">no frame yet</div>}
      {withHeatmap.value && noHeatmap.value && <div class="missing">this model has no heatmap</div>}
      {missing.value && <div class="missing">this frame is no longer there</div>}
    </div>
  );
}

function fitted(size: Size, picture: { readonly width: number; readonly height: number }): number {
  return Math.max(0.01, Math.min(size.width / picture.width, size.height / picture.height));
}
