import type { ComponentType, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

/** Pages that few open often come when they are asked for: the first view stays small. */
const pages = {
  rate: () => import("../rate/rate-page.js").then((m) => m.RatePage),
  train: () => import("../train/train-page.js").then((m) => m.TrainPage),
  study: () => import("../studies/studies-page.js").then((m) => m.StudiesPage),
  rig: () => import("../rig/rig-page.js").then((m) => m.RigPage),
} satisfies Record<string, () => Promise<ComponentType>>;

const known = new Map<string, ComponentType>();

export function Later({ of }: { readonly of: keyof typeof pages }): JSX.Element {
  const [, redraw] = useState(0);
  const [wrong, setWrong] = useState(false);
  const Page = known.get(of);
  useEffect(() => {
    if (known.has(of)) return;
    pages[of]()
      .then((page) => {
        known.set(of, page);
        redraw((n) => n + 1);
      })
      .catch(() => setWrong(true));
  }, [of]);
  if (Page !== undefined) return <Page />;
  return (
    <main class="empty">
      <p>{wrong ? "This page could not be loaded. Reload to try again." : "Loading…"}</p>
    </main>
  );
}
