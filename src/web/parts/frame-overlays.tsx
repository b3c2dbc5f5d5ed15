import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { digits } from "../format.js";
import type { HeatmapPicture } from "../heatmap.js";
import { type Contrast, scaleBar } from "../paint.js";
import { colourMaps } from "../picture.js";
import { placement, resetPlacement, zoomBy } from "../placement.js";

/** @param pxPerNm CSS pixels a nanometre */
export function ScaleBar(props: { readonly widthPx: number; readonly pxPerNm: number }): JSX.Element {
  const bar = scaleBar(props.widthPx, props.pxPerNm);
  return (
    <div class="scale-bar" aria-label={`scale bar ${bar.um} µm`} role="img">
      <span>{bar.um} µm</span>
      <i style={{ width: `${bar.px}px` }} />
    </div>
  );
}

/** The colours from left to right with the values at their ends. */
function ColourBar(props: {
  readonly map: string;
  readonly low: string;
  readonly high: string;
  readonly label: string;
}): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const colours = colourMaps.value[props.map];
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (context === null || context === undefined) return;
    const strip = new ImageData(256, 1);
    for (let i = 0; i < 256; i++) {
      for (let c = 0; c < 3; c++) strip.data[4 * i + c] = colours?.[3 * i + c] ?? i;
      strip.data[4 * i + 3] = 255;
    }
    context.putImageData(strip, 0, 0);
  }, [colours]);
  return (
    <div class="colour-bar" role="img" aria-label={`${props.label}: ${props.low} to ${props.high}`}>
      <span>{props.low}</span>
      <canvas ref={canvas} width={256} height={1} />
      <span>{props.high}</span>
    </div>
  );
}

/** Counts at the dark and at the bright end: the 0.5th and the 99.8th percentile. */
export function CountsBar(props: { readonly contrast: Contrast; readonly map: string }): JSX.Element {
  const { low, high } = props.contrast;
  return <ColourBar map={props.map} low={digits(low)} high={digits(high)} label="counts" />;
}

const signed = (v: number): string => (v > 0 ? `+${digits3(v)}` : digits3(v).replace("-", "−"));
const digits3 = (v: number): string => (Math.abs(v) < 0.1 ? v.toFixed(3) : v.toFixed(2));

/** What the heatmap's colours mean. */
export function HeatmapLegend({ heat }: { readonly heat: HeatmapPicture }): JSX.Element {
  const [low, high] = heat.range;
  return (
    <div class="heat-legend">
      <b>
        {heat.kind === "network" ? "Local quality" : "What the score rests on: its fall when covered there"}
      </b>
      {heat.kind === "network" ? (
        <ColourBar map="lagoon" low="0" high="1" label="local quality" />
      ) : (
        <ColourBar map="balance" low={signed(low)} high={signed(high)} label="fall of the score" />
      )}
    </div>
  );
}

/** For those without wheel and keyboard. */
export function ZoomButtons(): JSX.Element {
  return (
    <div class="zoom">
      <button type="button" aria-label="Zoom in" title="Zoom in (+)" onClick={() => zoomBy(1.25)}>
        +
      </button>
      <button
        type="button"
        aria-label="Zoom out"
        title="Zoom out (−)"
        disabled={placement.value === null}
        onClick={() => zoomBy(0.8)}
      >
        −
      </button>
      {placement.value !== null && (
        <button type="button" aria-label="Whole picture" title="Whole picture (0)" onClick={resetPlacement}>
          {placement.value.zoom.toFixed(1)}×
        </button>
      )}
    </div>
  );
}
