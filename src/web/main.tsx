import "./language.js";
import { render } from "preact";
import { listenToKeys } from "./keys.js";
import { startObserving } from "./observed.js";
import { App } from "./parts/app.js";
import { loadColourMaps } from "./picture.js";
import { followAddress, go } from "./place.js";
import { startPreview } from "./preview.js";
import { connect } from "./store.js";
import { takeDrops } from "./upload.js";
import { startViewer } from "./viewer.js";

const root = document.getElementById("app");
if (root !== null) {
  listenToKeys(document);
  startViewer();
  startPreview();
  startObserving();
  followAddress();
  takeDrops(document, () => go("files"));
  // Without them pictures are grey; nothing else depends on it.
  loadColourMaps().catch(() => undefined);
  connect();
  render(<App />, root);
}
