import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { axisOver } from "../axis.js";
import { digits, unitOf } from "../format.js";
import { featured, hovered, preview, previewed } from "../preview.js";
import { useSize } from "../size.js";
import { lookAt, pickedStep } from "../source.js";
import type { Dot, Evaluated, Scatter } from "../trade-off.js";

const margin = { left: 56, right: 18, top: 8, bottom: 36 };
const mostDots = 400;

interface Place {
  readonly px: (v: number) => number;
  readonly py: (v: number) => number;
}

/** Drawn at the size it has, so that its letters are as large as all others. */
export function TradeOffPicture(props: {
  readonly data: Scatter;
  readonly onOver: (word: string | null) => void;
}): JSX.Element {
  const { data, onOver } = props;
  const box = useRef<HTMLDivElement>(null);
  const { width, height } = useSize(box);
  const all: readonly Dot[] = [...data.evaluated, ...data.options, ...(data.proposed ? [data.proposed] : [])];
  const x = axisOver(
    all.flatMap((d) => [d.x - d.sdX, d.x + d.sdX]),
    data.x.unit === "1",
  );
  const y = axisOver(
    all.flatMap((d) => [d.y - d.sdY, d.y + d.sdY]),
    data.y.unit === "1",
  );
  const place: Place = {
    px: (v) => margin.left + x.at(v) * (width - margin.left - margin.right),
    py: (v) => height - margin.bottom - y.at(v) * (height - margin.top - margin.bottom),
  };
  const { px, py } = place;
  const middle = (margin.top + height - margin.bottom) / 2;
  return (
    <div class="picture" ref={box}>
      <svg width={width} height={height} role="img" aria-label={`${data.y.label} against ${data.x.label}`}>
        {x.ticks.map((t) => (
          <g key={`x${t}`} class="tick">
            <line x1={px(t)} x2={px(t)} y1={margin.top} y2={height - margin.bottom} />
            <text x={px(t)} y={height - margin.bottom + 15} text-anchor="middle">
              {digits(t)}
            </text>
          </g>
        ))}
        {y.ticks.map((t) => (
          <g key={`y${t}`} class="tick">
            <line x1={margin.left} x2={width - margin.right} y1={py(t)} y2={py(t)} />
            <text x={margin.left - 6} y={py(t) + 4} text-anchor="end">
              {digits(t)}
            </text>
          </g>
        ))}
        <text class="axis" x={(margin.left + width - margin.right) / 2} y={height - 4} text-anchor="middle">
          {axisText(data.x)}
        </text>
        <text class="axis" transform={`translate(14 ${middle}) rotate(-90)`} text-anchor="middle">
          {axisText(data.y)}
        </text>
        {data.evaluated.slice(-mostDots).map((d) => (
          <Measured key={d.step} dot={d} place={place} onOver={onOver} />
        ))}
        {data.proposed !== null && (
          <g class="proposed">
            <ErrorBars dot={data.proposed} place={place} />
            <rect
              x={-5}
              y={-5}
              width={10}
              height={10}
              transform={`translate(${px(data.proposed.x)} ${py(data.proposed.y)}) rotate(45)`}
            />
          </g>
        )}
        {inFront(data.options).map((d) => (
          <Option key={d.option} dot={d} place={place} onOver={onOver} />
        ))}
      </svg>
    </div>
  );
}

/** Numbered ones are drawn last, over the others. */
function inFront(options: Scatter["options"]): Scatter["options"] {
  const rank = (option: number): number => (featured.value.includes(option) ? 1 : 0);
  return [...options].sort((a, b) => rank(a.option) - rank(b.option));
}
function axisText(o: Scatter["x"]): string {
  const unit = unitOf(o.unit);
  return unit === "" ? o.label : `${o.label}, ${unit}`;
}

function Measured(props: {
  readonly dot: Evaluated;
  readonly place: Place;
  readonly onOver: (word: string | null) => void;
}): JSX.Element {
  const { dot, place, onOver } = props;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the arrow keys look back at the same steps
    <circle
      class={`dot ${dot.best ? "best" : ""} ${pickedStep.value?.step === dot.step ? "looked" : ""}`}
      cx={place.px(dot.x)}
      cy={place.py(dot.y)}
      r={dot.best ? 5 : 4}
      onPointerEnter={() => onOver(`step ${dot.step}: ${digits(dot.y)} at ${digits(dot.x)}`)}
      onPointerLeave={() => onOver(null)}
      onClick={() => lookAt(dot.step)}
    />
  );
}

function Option(props: {
  readonly dot: Dot & { readonly option: number };
  readonly place: Place;
  readonly onOver: (word: string | null) => void;
}): JSX.Element {
  const { dot, place, onOver } = props;
  const number = featured.value.indexOf(dot.option) + 1;
  const looked = previewed.value === dot.option || hovered.value === dot.option;
  const enter = (option: number | null): void => {
    hovered.value = option;
    onOver(option === null ? null : "trade-off: click to look at it");
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the same choice is a button in the list and a key
    <g
      class={`option ${looked ? "over" : ""} ${number > 0 ? "numbered" : ""}`}
      onPointerEnter={() => enter(dot.option)}
      onPointerLeave={() => enter(null)}
      onClick={() => preview(dot.option)}
    >
      {(looked || number > 0) && <ErrorBars dot={dot} place={place} />}
      <circle cx={place.px(dot.x)} cy={place.py(dot.y)} r={number > 0 ? 9 : 4} />
      {number > 0 && (
        <text x={place.px(dot.x)} y={place.py(dot.y) + 4} text-anchor="middle">
          {number}
        </text>
      )}
    </g>
  );
}

function ErrorBars({ dot, place }: { readonly dot: Dot; readonly place: Place }): JSX.Element {
  const { px, py } = place;
  return (
    <g class="bars">
      <line x1={px(dot.x - dot.sdX)} x2={px(dot.x + dot.sdX)} y1={py(dot.y)} y2={py(dot.y)} />
      <line x1={px(dot.x)} x2={px(dot.x)} y1={py(dot.y - dot.sdY)} y2={py(dot.y + dot.sdY)} />
    </g>
  );
}
