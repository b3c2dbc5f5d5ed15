// node scripts/performance.mjs [NAME…]: runs the benchmarks, both sides in one run each, and writes docs/performance.md: machine, versions,
// rows. A benchmark that is not named keeps the rows that it had. Needs a build and a quiet machine.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, totalmem } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const file = join(root, "docs", "performance.md");
const benches = {
  score:
    "One frame of 224 × 224 to a whole score record, beside the bare onnxruntime call (aim: at most 1.10 in one thread; for imported networks 2.5)",
  service:
    "Frames from another process, beside a plain service that takes JSON by HTTP; a folder by all cores",
  latency: "From a published frame to the event with its score at a page, through the whole daemon",
  journal: "Commits, beside bare SQLite and bare files with the same synchronisation",
  simulator: "A frame of 224 × 224 at 20 nm with bleaching and noise, beside pySTED",
  "optimiser-speed": "A proposal, beside BoTorch",
};
const [begin, end] = [(name) => `<!-- ${name} -->`, (name) => `<!-- end of ${name} -->`];

const number = (v) => (Math.abs(v) >= 100 ? v.toFixed(0) : v.toPrecision(3));

function measured(name) {
  const { stdout, status } = spawnSync("node", ["dist/src/cli/main.js", "bench", name, "--json"], {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    maxBuffer: 2 ** 26,
  });
  if (status !== 0) throw new Error(`bench ${name} ended with ${status}`);
  const rows = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], {
    cwd: root,
    encoding: "utf8",
  }).trim();
  return [
    `${new Date().toISOString().slice(0, 10)}, commit ${commit}:`,
    "",
    "| | ours | theirs | ratio | unit |",
    "|---|---|---|---|---|",
    ...rows.map(
      (r) => `| ${r.name} | ${number(r.ours)} | ${number(r.theirs)} | ${number(r.ratio)} | ${r.unit} |`,
    ),
  ].join("\n");
}

/** What the page says of a benchmark that is not run now. */
function kept(name) {
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  const [from, to] = [text.indexOf(begin(name)), text.indexOf(end(name))];
  return from < 0 || to < 0 ? "Not run." : text.slice(from + begin(name).length, to).trim();
}

const names = process.argv.slice(2);
const unknown = names.find((name) => !(name in benches));
if (unknown !== undefined) throw new Error(`no benchmark '${unknown}': ${Object.keys(benches).join(", ")}`);
const version = (name) =>
  JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8")).version;
const parts = Object.entries(benches).map(([name, what]) => {
  const body = names.length === 0 || names.includes(name) ? measured(name) : kept(name);
  return `## ${what}\n\`npm run bench ${name}\`\n\n${begin(name)}\n${body}\n${end(name)}\n`;
});
const machine = `${cpus()[0]?.model ?? "a processor"}, ${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform} ${process.arch}`;
const versions = `Node ${process.version}, onnxruntime-node ${version("onnxruntime-node")}, zeromq ${version("zeromq")}, libsql ${version("libsql")}, fastify ${version("fastify")}`;
writeFileSync(
  file,
  `# Performance

Written by \`node scripts/performance.mjs\`. Each row measures both sides in one run on one machine, taking turns; what counts is the ratio.
\`npm run bench\` runs what stands here, one after another, and says first which; \`npm run bench -- --list\` names all, also those of science.

Machine: ${machine}. ${versions}.

${parts.join("\n")}`,
);
