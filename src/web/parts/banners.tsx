import type { JSX } from "preact";
import { eStop, forgetEStop, refusal, resume, takeControl } from "../actions.js";
import { save, stepsCsv } from "../csv.js";
import { ago } from "../format.js";
import { place } from "../place.js";
import { opened, openRun, shownSteps } from "../source.js";
import { isLive, link, session, silentMs } from "../store.js";

const linkWords = {
  live: "",
  connecting: "Connecting…",
  lost: "Connection lost.",
  denied: "Not logged in any more.",
} as const;

/** What needs a person, most urgent first. Nothing else may look like these. */
export function Banners(): JSX.Element {
  const state = session.value;
  const pressed = eStop.value;
  const lit = state?.rig.light.filter((l) => l.on) ?? [];
  const unsure = state?.rig.light.filter((l) => !l.confirmed) ?? [];
  const dark = state !== null && state.rig.light.length > 0 && lit.length === 0 && unsure.length === 0;
  return (
    <div class="banners" aria-live="assertive">
      {typeof pressed === "object" && pressed !== null && (
        <p class="banner danger" role="alert">
          <strong>E-stop not confirmed: {pressed.failed}.</strong> Sent again and again. Use the laser key or
          the interlock now.
        </p>
      )}
      {pressed === "sent" && state?.state !== "safe" && (
        <p class="banner danger">
          <strong>E-stop sent.</strong> Waiting for the rig to confirm the dark…
        </p>
      )}
      {link.value !== "live" && (
        <p class="banner warn" role="alert">
          <strong>{linkWords[link.value]}</strong>{" "}
          {(link.value === "lost" || link.value === "denied") &&
            `What you see is ${ago(silentMs.value)} old. ${link.value === "lost" ? "Trying again. E-stop goes out as soon as the line is back; the laser key works now." : "The E-stop still works."}`}
        </p>
      )}
      {state?.state === "safe" && (
        <div class="banner safe">
          <p>
            <strong>
              {lit.length > 0
                ? `Light still on: ${lit.map((l) => l.name).join(", ")}.`
                : dark
                  ? "Safe — dark."
                  : "Safe."}
            </strong>{" "}
            {dark && "Every source is confirmed off."}
            {state.rig.light.length === 0 && "This rig does not tell of its light: look at the laser."}
            {unsure.length > 0 &&
              `Not read back: ${unsure.map((l) => l.name).join(", ")}. Look at the laser.`}{" "}
            {state.alert !== null && <span class="alert">{state.alert}.</span>}
          </p>
          <button
            type="button"
            disabled={!isLive.value}
            onClick={() => {
              void resume().then((done) => done && forgetEStop());
            }}
          >
            Re-arm and go on
          </button>
        </div>
      )}
      {state?.state !== "safe" && state?.alert !== null && state?.alert !== undefined && (
        <p class="banner warn">{state.alert}</p>
      )}
      {opened.value !== null && place.value === "live" && (
        <div class="banner past">
          <p>
            Run <b>{opened.value.run}</b>, {opened.value.state}, {opened.value.iterations} steps.{" "}
            {state?.proposal !== null && state?.proposal !== undefined && <b>The live run waits for you.</b>}
          </p>
          <span>
            <button
              type="button"
              onClick={() => save(`${opened.value?.run}.csv`, stepsCsv(shownSteps.value))}
            >
              Save CSV
            </button>{" "}
            <button type="button" class="go" onClick={() => openRun(null)}>
              Back to live
            </button>
          </span>
        </div>
      )}
      {refusal.value !== null && (
        <div class="banner note">
          <p>{refusal.value.line}</p>
          <span>
            {refusal.value.held && (
              <button type="button" onClick={() => void takeControl()}>
                Take over
              </button>
            )}{" "}
            <button type="button" class="quiet" onClick={() => (refusal.value = null)}>
              Close
            </button>
          </span>
        </div>
      )}
    </div>
  );
}
