// Writes what derives from the schemas of the configuration: config/schema.json, config/safety.schema.json, docs/config.md.
// `--check` writes nothing and fails when a file is out of date. Run `npm run build` first.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { configSchema, safetyFileSchema } from "../dist/src/config/index.js";

import { whatHappens } from "./what-happens.mjs";

const root = join(import.meta.dirname, "..");
const schema = z.toJSONSchema(configSchema, { io: "input" });
const safety = z.toJSONSchema(safetyFileSchema, { io: "input" });

function describe(node) {
  const parts = [];
  if (node.const !== undefined) parts.push(`\`${node.const}\``);
  else if (node.enum) parts.push(node.enum.map((v) => `\`${v}\``).join(" \\| "));
  else if (node.type === "array") parts.push("list");
  else if (node.additionalProperties && typeof node.additionalProperties === "object") parts.push("map");
  else if (node.type) parts.push(node.type);
  if (node.exclusiveMinimum !== undefined) parts.push(`> ${node.exclusiveMinimum}`);
  else if (node.minimum !== undefined && node.minimum > -1e15) parts.push(`≥ ${node.minimum}`);
  if (node.maximum !== undefined && node.maximum < 1e15) parts.push(`≤ ${node.maximum}`);
  return parts.join(" ");
}

function rows(node, path, out) {
  for (const [name, child] of Object.entries(node.properties ?? {})) {
    const here = path === "" ? name : `${path}.${name}`;
    const simple = child.default !== undefined && JSON.stringify(child.default).length < 40;
    const fallback = simple
      ? `\`${JSON.stringify(child.default)}\``
      : child.default === undefined
        ? ""
        : "see simulated.yaml";
    out.push(`| \`${here}\` | ${describe(child)} | ${fallback} | ${child.description ?? ""} |`);
    for (const kind of child.oneOf ?? []) rows(kind, `${here} (${kind.properties.kind.const})`, out);
    if (child.type === "object") rows(child, here, out);
    if (child.items?.properties) rows(child.items, `${here}[]`, out);
    if (child.additionalProperties?.properties) rows(child.additionalProperties, `${here}.NAME`, out);
  }
  return out;
}

const files = {
  "config/schema.json": `${JSON.stringify(schema, null, 2)}\n`,
  "docs/safety/what-happens.md": whatHappens(root),
  "config/safety.schema.json": `${JSON.stringify(safety, null, 2)}\n`,
  "docs/config.md": `# Configuration reference

Generated from \`src/config/schema.ts\` by \`npm run generate\`. The commented example is [config/simulated.yaml](../config/simulated.yaml).
Paths are relative to the configuration file. An unknown key is an error that names the nearest known one.

| key | type | default | meaning |
|---|---|---|---|
${rows(schema, "", []).join("\n")}

## The safety file

Named by \`safety:\` in place of \`limits:\`; commented example: [config/safety.yaml](../config/safety.yaml). Read once at start, hashed in the journal.

| key | type | default | meaning |
|---|---|---|---|
${rows(safety, "", []).join("\n")}
`,
};
let stale = 0;
for (const [name, text] of Object.entries(files)) {
  const path = join(root, name);
  if (!process.argv.includes("--check")) writeFileSync(path, text);
  else if (readFileSync(path, "utf8") !== text) {
    console.error(`${name} is out of date: npm run generate`);
    stale++;
  }
}
process.exit(stale === 0 ? 0 : 1);
