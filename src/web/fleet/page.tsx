import type { JSX } from "preact";
import type { FleetState } from "../../core/fleet.js";
import { TokenForm } from "../parts/token-form.js";
import { RigCard } from "./rig-card.js";
import { enter, fleet, locked, trouble } from "./state.js";
import { WorkerTable } from "./worker-table.js";

/** All rigs on one page; it only shows. */
export function FleetPage(): JSX.Element {
  if (locked.value) return <Locked />;
  const state = fleet.value;
  return (
    <main class="fleet">
      <header class="fleet-head">
        <h1>stedloop fleet</h1>
        {state !== null && <Counts state={state} />}
      </header>
      <Banner state={state} />
      {state === null ? (
        <p class="dim">Loading…</p>
      ) : (
        <>
          {state.rigs.length === 0 && (
            <p class="dim">
              {state.replayed ? "No rig has spoken yet." : "Reading what the rigs said so far…"}
            </p>
          )}
          <ul class="fleet-rigs" aria-label="Rigs">
            {state.rigs.map((rig) => (
              <RigCard key={rig.rig} rig={rig} old={trouble.value !== null || !state.connected} />
            ))}
          </ul>
          <WorkerTable workers={state.workers} />
        </>
      )}
    </main>
  );
}

/** What must be known before anything below is believed. */
function Banner({ state }: { readonly state: FleetState | null }): JSX.Element | null {
  const text =
    trouble.value !== null
      ? `The fleet's server does not answer: ${trouble.value}. What is shown may be old.`
      : state !== null && !state.connected
        ? `The NATS server is away (${state.trouble ?? "no connection"}). What is shown is what was known before.`
        : null;
  return text === null ? null : (
    <p class="fleet-banner" role="alert">
      {text}
    </p>
  );
}

function Counts({ state }: { readonly state: FleetState }): JSX.Element {
  const { rigs, workers, queue } = state;
  const live = rigs.filter((rig) => !rig.stale).length;
  const at = workers.filter((worker) => !worker.stale).length;
  const say = (count: number | null): string => (count === null ? "?" : String(count));
  return (
    <p class="dim">
      {live} of {rigs.length} rigs heard, {at} {at === 1 ? "worker" : "workers"}, {say(queue.frames)}{" "}
      {queue.frames === 1 ? "frame" : "frames"} waiting, {say(queue.dead)} given up
    </p>
  );
}

function Locked(): JSX.Element {
  return (
    <main class="fleet">
      <TokenForm class="panel fleet-login" onToken={enter}>
        <h1>Access token</h1>
      </TokenForm>
    </main>
  );
}
