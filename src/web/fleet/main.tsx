import { render } from "preact";
import { FleetPage } from "./page.js";
import { follow } from "./state.js";

const root = document.getElementById("app");
if (root !== null) {
  render(<FleetPage />, root);
  follow();
}
