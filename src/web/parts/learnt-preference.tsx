import type { JSX } from "preact";
import type { Learnt } from "../../loop/contract.js";

const width = 250;
const height = 150;
const edge = { left: 40, bottom: 34, top: 8, right: 10 };

/** What was learned from clicks, and whether its probabilities hold: of what it foretold with p, how much came true. */
export function LearntPreference({ learnt }: { readonly learnt: Learnt }): JSX.Element {
  const percent = (share: number): string => `${Math.round(100 * share)} %`;
  return (
    <details class="learnt">
      <summary>
        Learned from {learnt.clicks} {learnt.clicks === 1 ? "click" : "clicks"}:{" "}
        {learnt.ready
          ? `decides in auto mode; foretells ${percent(learnt.accuracy)} of comparisons that it was not shown`
          : "you decide; it does not foretell your clicks well enough yet"}
      </summary>
      <div class="learnt-parts">
        <Reliability learnt={learnt} />
        <table>
          <caption>Brier score {learnt.brier.toFixed(2)} (a coin: 0.25)</caption>
          <thead>
            <tr>
              <th scope="col">foretold</th>
              <th scope="col">came true</th>
              <th scope="col">of</th>
            </tr>
          </thead>
          <tbody>
            {learnt.bins.map((bin) => (
              <tr key={bin.from}>
                <td>
                  {Math.round(100 * bin.from)}–{percent(bin.to)}
                </td>
                <td>{bin.n === 0 ? "–" : percent(bin.found)}</td>
                <td>{bin.n}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

/** Found over foretold, ± one binomial standard error; on the line, probabilities mean what they say. */
function Reliability({ learnt }: { readonly learnt: Learnt }): JSX.Element {
  const x = (p: number): number => edge.left + 2 * (p - 0.5) * (width - edge.left - edge.right);
  const y = (share: number): number => edge.top + (1 - share) * (height - edge.top - edge.bottom);
  return (
    <svg
      class="small-chart"
      width={width}
      height={height}
      role="img"
      aria-label="Clicks: foretold against found"
    >
      <line class="bias" x1={x(0.5)} y1={y(0.5)} x2={x(1)} y2={y(1)} />
      {[0, 0.5, 1].map((t) => (
        <text key={t} x={edge.left - 5} y={y(t) + 4} text-anchor="end">
          {100 * t}
        </text>
      ))}
      {[0.5, 1].map((t) => (
        <text key={t} x={x(t)} y={height - edge.bottom + 14} text-anchor="middle">
          {100 * t}
        </text>
      ))}
      {learnt.bins.map(({ from, to, n, found }) => {
        if (n === 0) return null;
        const at = x((from + to) / 2);
        const error = Math.sqrt((found * (1 - found)) / n);
        return (
          <g key={from}>
            <line
              class="bias"
              x1={at}
              y1={y(Math.max(0, found - error))}
              x2={at}
              y2={y(Math.min(1, found + error))}
            />
            <circle class="dot" cx={at} cy={y(found)} r={4} />
          </g>
        );
      })}
      <text class="axis" x={x(0.75)} y={height - 4} text-anchor="middle">
        foretold, %
      </text>
      <text class="axis" transform={`translate(11 ${y(0.5)}) rotate(-90)`} text-anchor="middle">
        came true, %
      </text>
    </svg>
  );
}
