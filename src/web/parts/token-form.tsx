import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";

interface Props {
  readonly class: string;
  readonly label?: string;
  /** Heading and words above the field. */
  readonly children: ComponentChildren;
  readonly onToken: (token: string) => void;
}

/** Asks for an access token. */
export function TokenForm({ label, children, onToken, ...rest }: Props): JSX.Element {
  const [token, enter] = useState("");
  return (
    <form
      class={rest.class}
      aria-label={label}
      onSubmit={(event) => {
        event.preventDefault();
        onToken(token.trim());
      }}
    >
      {children}
      <input
        type="password"
        aria-label="Access token"
        autocomplete="current-password"
        value={token}
        onInput={(event) => enter(event.currentTarget.value)}
      />
      <button type="submit" class="go" disabled={token.trim() === ""}>
        Enter
      </button>
    </form>
  );
}
