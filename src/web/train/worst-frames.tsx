import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { request } from "../api.js";
import type { EvaluationRecord, Point } from "./training.js";

const most = 6;

/** The frames that a network rates farthest from the people, to be looked at: is it the label or the network? */
export function WorstFrames({ record }: { readonly record: EvaluationRecord }): JSX.Element {
  const worst = [...record.points]
    .sort((a, b) => Math.abs(b.score - b.rating) - Math.abs(a.score - a.rating))
    .slice(0, most);
  return (
    <div class="worst-frames">
      <h4>Worst frames</h4>
      <ol class="worst">
        {worst.map((p) => (
          <li key={p.id}>
            <Thumbnail dataset={record.dataset} point={p} />
            <span>
              {p.id}: rated {(p.rating * 100).toFixed(0)}, predicted {(p.score * 100).toFixed(0)}
            </span>
          </li>
        ))}
      </ol>
    </div>
  );
}

/** The token goes with the request, so that a plain address would not do. */
function Thumbnail({
  dataset,
  point,
}: {
  readonly dataset: string;
  readonly point: Point;
}): JSX.Element | null {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    let made: string | null = null;
    let gone = false;
    const query = new URLSearchParams({ dataset, id: point.id });
    request(`/training/frame?${query}`)
      .then((answer) => answer.blob())
      .then((blob) => {
        if (gone) return;
        made = URL.createObjectURL(blob);
        setUrl(made);
      })
      // A set without its frames still has its figures.
      .catch(() => undefined);
    return () => {
      gone = true;
      if (made !== null) URL.revokeObjectURL(made);
    };
  }, [dataset, point.id]);
  return url === null ? null : <img src={url} alt={`Frame ${point.id}`} loading="lazy" />;
}
