import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

/** The server hands out files as they lie there; so the small forms are made once, here. */
function compressed(): Plugin {
  let outDir = "";
  return {
    name: "compressed",
    configResolved(config) {
      outDir = config.build.outDir;
    },
    closeBundle() {
      for (const name of readdirSync(outDir, { recursive: true, encoding: "utf8" })) {
        if (!/\.(js|css|html|svg)$/.test(name)) continue;
        const path = join(outDir, name);
        const bytes = readFileSync(path);
        writeFileSync(`${path}.br`, brotliCompressSync(bytes));
        writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
      }
    },
  };
}

// biome-ignore lint/style/noDefaultExport: Vite looks for one
export default defineConfig({
  root: import.meta.dirname,
  publicDir: "public",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: join(import.meta.dirname, "../../dist/web"),
    emptyOutDir: true,
    target: "es2022",
    // The server's content policy allows files of ours only, nothing in line.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The testers' page and the one over a fleet are pages of their own: each reaches only what it is for.
    rollupOptions: {
      input: ["index.html", "study.html", "fleet.html"].map((page) => join(import.meta.dirname, page)),
    },
  },
  plugins: [compressed()],
});
