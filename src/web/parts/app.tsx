import type { JSX } from "preact";
import { place } from "../place.js";
import { link, session } from "../store.js";
import { Banners } from "./banners.js";
import { FilesPage } from "./files-page.js";
import { FramePanel } from "./frame-panel.js";
import { Help } from "./help.js";
import { Later } from "./later.js";
import { LogPanel } from "./log-panel.js";
import { Login, LoginAgain } from "./login.js";
import { RigPanel } from "./rig-panel.js";
import { RunsPage } from "./runs-page.js";
import { ScorePanel } from "./score-panel.js";
import { SettingsPanel } from "./settings-panel.js";
import { Timeline } from "./timeline.js";
import { TopBar } from "./top-bar.js";
import { TradeOffs } from "./trade-offs.js";

/** One page for one run: picture at the left, what it is worth and what comes next at the right. */
export function App(): JSX.Element {
  const known = session.value !== null;
  const denied = link.value === "denied";
  if (denied && !known) return <Login />;
  return (
    <div class={`page ${link.value === "live" ? "" : "stale"}`} data-link={link.value}>
      <TopBar />
      <Banners />
      {denied && <LoginAgain />}
      {place.value === "runs" && <RunsPage />}
      {place.value === "files" && <FilesPage />}
      {place.value === "rate" && <Later of="rate" />}
      {place.value === "train" && <Later of="train" />}
      {place.value === "study" && <Later of="study" />}
      {place.value === "rig" && <Later of="rig" />}
      {place.value !== "live" ? null : known ? (
        <main>
          <FramePanel />
          <div class="column">
            <ScorePanel />
            <Timeline />
            <TradeOffs />
          </div>
          <div class="column">
            <SettingsPanel />
            <RigPanel />
            <LogPanel />
          </div>
        </main>
      ) : (
        <main class="empty">
          <p>Connecting to the daemon…</p>
        </main>
      )}
      <Help />
    </div>
  );
}
