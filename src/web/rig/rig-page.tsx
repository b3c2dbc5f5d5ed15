import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { RigPanel } from "../parts/rig-panel.js";
import { every } from "../time.js";
import { Doctor } from "./doctor.js";
import { EventLog } from "./event-log.js";
import { Limits } from "./limits.js";
import { PowerChart } from "./power-chart.js";
import { loadRig, trouble } from "./rig.js";

const everyMs = 5000;

/** Devices and what they do, power over time, limits in force, what happened, and what the doctor finds. */
export function RigPage(): JSX.Element {
  useEffect(() => {
    void loadRig();
    return every(everyMs, () => void loadRig());
  }, []);
  return (
    <main class="rig-page">
      {trouble.value !== null && (
        <p class="danger-text notice" role="alert">
          {trouble.value}
        </p>
      )}
      <div class="stack">
        <RigPanel />
        <PowerChart />
        <Limits />
      </div>
      <div class="stack">
        <EventLog />
        <Doctor />
      </div>
    </main>
  );
}
