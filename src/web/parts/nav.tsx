import type { JSX } from "preact";
import { go, place, placeLabels, places } from "../place.js";

/** The page's places. */
export function Nav(): JSX.Element {
  return (
    <nav aria-label="Places">
      {places.map((name) => (
        <a
          key={name}
          href={`#/${name}`}
          aria-current={place.value === name ? "page" : undefined}
          onClick={(event) => {
            event.preventDefault();
            go(name);
          }}
        >
          {placeLabels[name]}
        </a>
      ))}
    </nav>
  );
}
