import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { lineOf, request } from "../api.js";
import { bodyOf, type Rated } from "../upload.js";

interface Look {
  readonly url: string;
  readonly widthUm: number | null;
  readonly kind: string | null;
  readonly range: string | null;
}

/** Object URLs of the pictures that the server makes of a file; they go when another file is looked at. */
function useLook(line: Rated, path: string): { readonly look: Look | null; readonly trouble: string | null } {
  const [look, setLook] = useState<Look | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  useEffect(() => {
    let url: string | null = null;
    let gone = false;
    setLook(null);
    setTrouble(null);
    const get = async (file: File): Promise<void> => {
      const answer = await request(`/score/${path}&frame=${line.frame}`, {
        method: "POST",
        body: bodyOf(file),
      });
      const blob = await answer.blob();
      if (gone) return;
      url = URL.createObjectURL(blob);
      const [, width] = (answer.headers.get("x-frame-shape") ?? "").split(",").map(Number);
      const nm = Number(answer.headers.get("x-frame-pixel-size-nm"));
      setLook({
        url,
        widthUm: width === undefined || !(nm > 0) ? null : (width * nm) / 1000,
        kind: answer.headers.get("x-heatmap-kind"),
        range: answer.headers.get("x-heatmap-range"),
      });
    };
    if (line.source !== null) get(line.source).catch((thrown) => setTrouble(lineOf(thrown)));
    return () => {
      gone = true;
      if (url !== null) URL.revokeObjectURL(url);
    };
  }, [line, path]);
  return { look, trouble };
}

/** One rated file as a picture, and where its score comes from. */
export function FileLook({
  line,
  onClose,
}: {
  readonly line: Rated;
  readonly onClose: () => void;
}): JSX.Element {
  const colour = useLook(line, "picture?map=ember");
  const grey = useLook(line, "picture?map=grey");
  const heat = useLook(line, "heatmap?map=lagoon");
  const trouble = colour.trouble ?? heat.trouble;
  const kind = heat.look?.kind;
  return (
    <div class="file-look">
      <div class="plain-head">
        <h3>
          {line.file}, page {line.frame}
        </h3>
        <button type="button" onClick={onClose}>
          Close
        </button>
      </div>
      {trouble !== null && <p class="danger-text">{trouble}</p>}
      <div class="pictures">
        <figure>
          {colour.look === null ? (
            <div class="picture-wait" />
          ) : (
            <img src={colour.look.url} alt={`The frame of ${line.file}`} />
          )}
          <figcaption class="dim">
            {colour.look?.widthUm == null ? "" : `${colour.look.widthUm.toFixed(1)} µm wide`}
          </figcaption>
        </figure>
        <figure>
          <div class="laid">
            {grey.look !== null && <img src={grey.look.url} alt="" />}
            {heat.look !== null && (
              <img class={`heat ${kind}`} src={heat.look.url} alt={`Heatmap of ${line.file}`} />
            )}
            {heat.look === null && heat.trouble === null && <div class="picture-wait" />}
          </div>
          <figcaption class="dim">{heat.trouble === null && legendOf(heat.look)}</figcaption>
        </figure>
      </div>
    </div>
  );
}

function legendOf(look: Look | null): string {
  if (look === null) return "where the score comes from: being worked out…";
  const [low, high] = (look.range ?? "").split(",");
  return look.kind === "occlusion"
    ? `what the score rests on: orange where it falls when covered (${high}), blue where it rises (${low})`
    : "local quality: dark 0 to bright 1";
}
