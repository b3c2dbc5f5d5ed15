import type { JSX } from "preact";
import { digits } from "../format.js";
import { BlandAltmanPicture } from "./bland-altman.js";
import { agreement } from "./rating.js";

/** How far the raters agree, with each other and each with himself; nothing of it tells what a frame was given. */
export function Agreement(): JSX.Element | null {
  const report = agreement.value;
  if (report === null) return null;
  const percent = (v: number): string => `${digits(v * 100)} %`;
  return (
    <div class="agreement">
      <h3>Agreement</h3>
      <p>
        {report.icc === null
          ? "Two raters and two frames that both rated are needed for a coefficient."
          : `ICC(2,1) ${report.icc.toFixed(2)} over ${report.shared} frames that all rated.`}
      </p>
      <ul>
        {report.raters.map(({ rater, rated, own }) => (
          <li key={rater}>
            {rater}: {rated} frames
            {own === null
              ? ", not enough shown twice yet"
              : `, ${own.n} shown twice, differing by ${percent(own.rms)} (root mean square)`}
          </li>
        ))}
      </ul>
      <div class="pairs">
        {report.pairs.map((pair) => (
          <figure key={`${pair.first}/${pair.second}`}>
            <BlandAltmanPicture pair={pair} />
            <figcaption class="dim">
              {pair.second} − {pair.first}
              {pair.limits === null
                ? ""
                : `: bias ${percent(pair.limits.bias)}, limits ${percent(pair.limits.low)} to ${percent(pair.limits.high)}`}
              {pair.icc === null ? "" : `, ICC ${pair.icc.toFixed(2)}`}
            </figcaption>
          </figure>
        ))}
      </div>
      <button
        type="button"
        onClick={() => {
          agreement.value = null;
        }}
      >
        Close
      </button>
    </div>
  );
}
