/** `npm run endure TARGET [-- --count N --seed N --out DIR]`: long trials of the whole program; see docs/endurance.md. */
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { targets } from "./registry.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: "string" },
    seed: { type: "string", default: "1" },
    out: { type: "string", default: "endure-out" },
    json: { type: "boolean", default: false },
  },
});
const [name = "", ...words] = positionals;
const target = Object.hasOwn(targets, name) ? targets[name] : undefined;
const count = Number(values.count ?? target?.count);
const seed = Number(values.seed);
if (target === undefined || !Number.isInteger(count) || count < 1 || !Number.isInteger(seed) || seed < 0) {
  console.error(
    `endure: which? ${Object.keys(targets).join(" | ")}; then --count N (from 1), --seed N, --out DIR`,
  );
  process.exit(2);
}
const out = resolve(join(values.out, name));
mkdirSync(out, { recursive: true });
const run = await target.load();
const report = await run({ count, seed, out, words }, (line) => console.error(line));
if (values.json) console.log(JSON.stringify(report));
else {
  for (const [figure, value] of Object.entries(report.figures)) console.log(`${figure}: ${value}`);
  for (const failure of report.failures) {
    const kept = failure.file === undefined ? "" : `, kept in ${failure.file}`;
    console.log(`FAILED seed ${failure.seed}: ${failure.what}${kept}`);
  }
  console.log(
    `${report.target}: ${report.cases} cases, seed ${report.seed}, ${report.failures.length} failures`,
  );
}
process.exit(report.failures.length === 0 ? 0 : 1);
