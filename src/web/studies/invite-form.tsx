import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { dateTime } from "../time.js";
import { invite, links } from "./studies.js";

/** New links, one a name; they are shown once, for only their hash is kept. */
export function InviteForm({ study }: { readonly study: string }): JSX.Element {
  const [names, setNames] = useState("");
  const [days, setDays] = useState(14);
  const testers = names
    .split(/[,\n]/)
    .map((n) => n.trim())
    .filter((n) => n !== "");
  return (
    <>
      <form
        class="form"
        aria-label="Invite testers"
        onSubmit={(event) => {
          event.preventDefault();
          if (testers.length > 0) void invite(study, testers, days);
        }}
      >
        <label>
          Names, by commas{" "}
          <input type="text" value={names} onInput={(e) => setNames(e.currentTarget.value)} />
        </label>
        <label>
          Days{" "}
          <input
            type="number"
            min={1}
            max={365}
            value={days}
            onInput={(e) => setDays(Number(e.currentTarget.value))}
          />
        </label>
        <button type="submit" class="go" disabled={testers.length === 0}>
          Invite
        </button>
      </form>
      {links.value.length > 0 && (
        <div class="links" role="status">
          <p>Give each tester their own link; links are shown only now.</p>
          {links.value.map((l) => (
            <p key={l.path}>
              {l.tester}: <code>{location.origin + l.path}</code>{" "}
              <span class="dim">until {dateTime(l.expiresAt)}</span>
            </p>
          ))}
        </div>
      )}
    </>
  );
}
