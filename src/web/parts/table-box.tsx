import type { ComponentChildren, JSX } from "preact";

/** Holds a table that may be wider than the window; it scrolls by keyboard too, so it takes the focus. */
export function TableBox(props: {
  readonly label: string;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable without a mouse
    // biome-ignore lint/a11y/useSemanticElements: a group of a form it is not
    <div class="table-box" role="group" aria-label={props.label} tabIndex={0}>
      {props.children}
    </div>
  );
}
