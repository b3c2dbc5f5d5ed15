import "./language.js";
import { render } from "preact";
import { listenToKeys } from "./keys.js";
import { App } from "./parts/app.js";
import { loadColourMaps } from "./picture.js";
import { connect } from "./store.js";
import { startViewer } from "./viewer.js";

const root = document.getElementById("app");
if (root !== null) {
  listenToKeys(document);
  startViewer();
  // Without them pictures are grey; nothing else depends on it.
  loadColourMaps().catch(() => undefined);
  connect();
  render(<App />, root);
}
