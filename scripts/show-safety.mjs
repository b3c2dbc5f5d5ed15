// What issue 8 asks to be shown: the conversation of driver and simulator for each device, and the table of faults with
// time, share of the lease and test. Usage: node scripts/show-safety.mjs [> FILE]
// The conversations are made anew by scripts/device-transcripts.mjs, the table by `npm run what-happens`.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const folder = join(root, "docs", "rigs", "transcripts");
const leaseMs = 3000;

for (const file of readdirSync(folder).sort()) console.log(readFileSync(join(folder, file), "utf8"));

const rows = JSON.parse(readFileSync(join(root, "docs", "safety", "what-happens.json"), "utf8"));
console.log("| fault | device | dark by | time until confirmed dark | share of the lease | test |");
console.log("|---|---|---|---|---|---|");
for (const { failure, device, by, darkMs, then, test } of rows) {
  const time = darkMs === null ? `stays: ${then}` : `${darkMs} ms`;
  const share = darkMs === null ? "" : (darkMs / leaseMs).toFixed(2);
  console.log(`| ${failure} | ${device} | ${by} | ${time} | ${share} | ${test} |`);
}
const measured = rows.filter((r) => r.darkMs !== null);
const worst = measured.reduce((a, b) => (b.darkMs > a.darkMs ? b : a));
console.log(
  `\n${rows.length} rows, ${measured.length} with a time; the slowest: ${worst.device}, ${worst.failure}, ${(worst.darkMs / leaseMs).toFixed(2)} of the lease`,
);
