import type { JSX } from "preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { Drag } from "../drag.js";
import { heatmapComes, heatmapTrouble, useHeatmap } from "../heatmap.js";
import { paint, percentileContrast, scaleOf } from "../paint.js";
import { colourMaps, missing, shown } from "../picture.js";
import { placement, resetPlacement, zoomBy } from "../placement.js";
import { type Size, useSize } from "../size.js";
import { mapName } from "../viewer.js";
import { CountsBar, HeatmapLegend, ScaleBar, ZoomButtons } from "./frame-overlays.js";

interface Under {
  readonly x: number;
  readonly y: number;
  readonly count: number;
}

/** Draws the counts themselves, one square a pixel, never smoothed. Wheel, drag and two fingers zoom and move. */
export function FrameCanvas(): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const drawing = useRef(document.createElement("canvas"));
  const drag = useRef(new Drag());
  const box = useRef<HTMLDivElement>(null);
  const size = useSize(box);
  const [under, setUnder] = useState<Under | null>(null);
  const heat = useHeatmap();
  const picture = shown.value;
  const place = placement.value;
  // Under a heatmap the frame is grey, or its colours would be taken for the map's.
  const painted = heat === null ? mapName.value : "grey";
  const map = colourMaps.value[painted];
  const contrast = useMemo(() => (picture === null ? null : percentileContrast(picture)), [picture]);

  useLayoutEffect(() => {
    if (picture === null || contrast === null) return;
    drawing.current.width = picture.width;
    drawing.current.height = picture.height;
    drawing.current.getContext("2d")?.putImageData(paint(picture, contrast, map), 0, 0);
  }, [picture, contrast, map]);
  useLayoutEffect(() => {
    const target = canvas.current;
    const context = target?.getContext("2d");
    if (target === null || context === null || context === undefined) return;
    target.width = Math.round(size.width * devicePixelRatio);
    target.height = Math.round(size.height * devicePixelRatio);
    if (picture === null) return;
    const scale = scaleOf(target, picture, place?.zoom ?? 1);
    const left = target.width / 2 - (picture.width / 2 + (place?.x ?? 0)) * scale;
    const top = target.height / 2 - (picture.height / 2 + (place?.y ?? 0)) * scale;
    context.imageSmoothingEnabled = false;
    context.drawImage(drawing.current, left, top, picture.width * scale, picture.height * scale);
    if (heat !== null) {
      // By occlusion, zero is black: added to the frame it changes nothing there.
      context.globalCompositeOperation = heat.kind === "occlusion" ? "lighter" : "source-over";
      context.globalAlpha = heat.kind === "occlusion" ? 0.85 : 0.55;
      context.imageSmoothingEnabled = true;
      context.drawImage(heat.bitmap, left, top, picture.width * scale, picture.height * scale);
      context.globalAlpha = 1;
      context.globalCompositeOperation = "source-over";
    }
  }, [picture, map, size, place, heat]);

  const cssScale = picture === null ? 1 : fitted(size, picture) * (place?.zoom ?? 1);
  /** A point of the canvas in picture pixels, counted from the picture's centre. */
  const placeOf = (at: { readonly x: number; readonly y: number }): { x: number; y: number } => ({
    x: (at.x - size.width / 2) / cssScale + (place?.x ?? 0),
    y: (at.y - size.height / 2) / cssScale + (place?.y ?? 0),
  });
  const read = (event: MouseEvent): void => {
    if (picture === null) return;
    const from = placeOf({ x: event.offsetX, y: event.offsetY });
    const x = Math.floor(from.x + picture.width / 2);
    const y = Math.floor(from.y + picture.height / 2);
    const inside = x >= 0 && y >= 0 && x < picture.width && y < picture.height;
    setUnder(inside ? { x, y, count: picture.pixels[y * picture.width + x] ?? 0 } : null);
  };
  return (
    <div class="frame-box" ref={box}>
      <canvas
        ref={canvas}
        aria-label={picture === null ? "no frame yet" : `${picture.kind} frame`}
        role="img"
        onWheel={(event) => {
          event.preventDefault();
          zoomBy(event.deltaY < 0 ? 1.2 : 1 / 1.2, placeOf({ x: event.offsetX, y: event.offsetY }));
        }}
        onPointerDown={(event) => drag.current.down(event)}
        onPointerMove={(event) => {
          drag.current.move(event, cssScale, placeOf);
          read(event);
        }}
        onPointerUp={(event) => drag.current.up(event)}
        onPointerCancel={(event) => drag.current.up(event)}
        onPointerLeave={() => setUnder(null)}
        onDblClick={resetPlacement}
      />
      {picture !== null && <ScaleBar widthPx={size.width} pxPerNm={cssScale / picture.pixelSizeNm} />}
      {contrast !== null && (
        <div class="under">
          <CountsBar contrast={contrast} map={painted} />
          {under !== null && (
            <span aria-hidden="true">
              {under.x}, {under.y}: <b>{Math.round(under.count * 100) / 100}</b>
            </span>
          )}
        </div>
      )}
      {picture === null && <div class="nothing">no frame yet</div>}
      {picture !== null && <ZoomButtons />}
      {heat !== null && <HeatmapLegend heat={heat} />}
      {heatmapComes.value && <div class="missing">heatmap comes…</div>}
      {heatmapTrouble.value !== null && <div class="missing">{heatmapTrouble.value}</div>}
      {missing.value && <div class="missing">this frame is no longer there</div>}
    </div>
  );
}

function fitted(size: Size, picture: { readonly width: number; readonly height: number }): number {
  return Math.max(0.01, Math.min(size.width / picture.width, size.height / picture.height));
}
