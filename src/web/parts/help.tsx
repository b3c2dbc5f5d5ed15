import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { helpOpen } from "../help-open.js";
import { keys } from "../keys.js";

/** The keys, all of them. */
export function Help(): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const open = helpOpen.value;
  useEffect(() => {
    if (open) dialog.current?.show();
    else dialog.current?.close();
  }, [open]);
  return (
    <dialog ref={dialog} class="panel help" aria-label="Keys" onClose={() => (helpOpen.value = false)}>
      <h2>Keys</h2>
      <dl>
        {keys
          .filter(
            (key, i) => !/^[2-4]$/.test(key.shown) && keys.findIndex((k) => k.shown === key.shown) === i,
          )
          .map((key) => (
            <div key={key.shown}>
              <dt>
                <kbd>{key.shown === "1" ? "1 – 4" : key.shown}</kbd>
              </dt>
              <dd>{key.shown === "1" ? "look at that trade-off" : key.does}</dd>
            </div>
          ))}
      </dl>
      <button type="button" onClick={() => (helpOpen.value = false)}>
        Close <kbd>?</kbd>
      </button>
    </dialog>
  );
}
