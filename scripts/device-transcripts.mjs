// Writes docs/rigs/transcripts/<kind>.txt: what driver and simulator say to each other at power-up, set, on, fault, off.
// Usage: npm run build && node scripts/device-transcripts.mjs [KIND…]
import { execFile, spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

const root = join(import.meta.dirname, "..");
const main = join(root, "dist", "src", "cli", "main.js");
const folder = join(root, "docs", "rigs", "transcripts");
/** Power in mW, a fault that the kind can show. */
const kinds = {
  "mpb-vfl": [500, "interlock-open"],
  "cobolt-06": [50, "interlock-open"],
  skyra: [20, "interlock-open"],
  "aa-mpds": [50, "blanking-open"],
  obis: [50, "interlock-open"],
  luxx: [50, "interlock-open"],
  "ibeam-smart": [20, "off-ignored"],
  sc10: [null, "off-ignored"],
  oxxius: [50, "interlock-open"],
  katana: [500, "key-off"],
};

function device(args) {
  return new Promise((resolve) => {
    execFile(process.execPath, [main, "device", ...args, "--trace", "--json"], (error, out, err) =>
      resolve({ code: error === null ? 0 : error.code, out: out.trim(), err: err.trim() }),
    );
  });
}

async function transcript(kind, power, fault) {
  const sim = spawn(process.execPath, [main, "device-sim", kind], { stdio: ["pipe", "pipe", "ignore"] });
  const lines = createInterface({ input: sim.stdout })[Symbol.asyncIterator]();
  const said = async () => JSON.parse((await lines.next()).value);
  const { path } = await said();
  const tell = async (message) => {
    sim.stdin.write(`${JSON.stringify(message)}\n`);
    return await said();
  };
  const text = [`# ${kind}: driver (>) and simulator (<), written by scripts/device-transcripts.mjs`];
  const run = async (title, ...args) => {
    const { code, out, err } = await device([kind, path, ...args]);
    const { status } = await tell({ status: true });
    text.push(
      "",
      `== ${title}: stedloop device ${kind} PORT ${args.join(" ")}`,
      err.replaceAll(path, "PORT"),
    );
    if (out !== "") text.push(out.replaceAll(path, "PORT"));
    text.push(`exit ${code}; the simulator's own word: ${status.emission ? "light" : "dark"}`);
  };
  await run("power-up", "identify");
  if (power !== null) await run("set", "power", String(power));
  await run("on", "on");
  const answer = await tell({ fault });
  text.push(
    "",
    `-- fault '${fault}' ${answer.error === undefined ? "" : `(refused: ${JSON.stringify(answer.error)})`}`.trimEnd(),
  );
  await run("fault", "status");
  await run("off", "off");
  sim.kill();
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${kind}.txt`), `${text.filter((line) => line !== undefined).join("\n")}\n`);
  console.log(`${kind}: ${text.length} lines`);
}

const asked = process.argv.slice(2);
for (const [kind, [power, fault]] of Object.entries(kinds)) {
  if (asked.length === 0 || asked.includes(kind)) await transcript(kind, power, fault);
}
