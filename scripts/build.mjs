// Builds dist/ (the daemon) and dist/web (the page). Run by `npm ci` through the root `prepare` script.
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const bin = (name) => join(root, "node_modules", ".bin", name + (process.platform === "win32" ? ".cmd" : ""));
const run = (name, args) =>
  execFileSync(bin(name), args, { cwd: root, stdio: "inherit", shell: process.platform === "win32" });

if (!existsSync(bin("tsc"))) {
  console.error("build: no TypeScript here (installed without development packages); dist/ is left as it is");
  process.exit(0);
}
const only = process.argv[2];
if (only !== "web") {
  run("tsc", ["-p", "tsconfig.json"]);
  chmodSync(join(root, "dist", "src", "cli", "main.js"), 0o755);
}
if (only !== "server" && existsSync(join(root, "src", "web", "vite.config.ts"))) {
  run("vite", ["build", "--config", "src/web/vite.config.ts", "--logLevel", "warn"]);
}
