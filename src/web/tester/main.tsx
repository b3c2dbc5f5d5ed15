import { render } from "preact";
import { listenToKeys } from "./keys.js";
import { TesterPage } from "./page.js";
import { start } from "./task.js";

const root = document.getElementById("app");
if (root !== null) {
  listenToKeys(document);
  render(<TesterPage />, root);
  void start();
}
