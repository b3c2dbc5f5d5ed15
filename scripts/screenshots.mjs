// npm run screenshots: pictures of the page for docs/, taken from the running product and no mock-up.
// The simulated rig, seed 1; `--config FILE` takes another configuration, `--out DIR` another folder.
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import chromium from "@sparticuz/chromium";
import { chromium as launcher } from "playwright-core";

const root = join(import.meta.dirname, "..");
const { values } = parseArgs({
  options: {
    config: { type: "string" },
    out: { type: "string", default: join(root, "docs", "images") },
    steps: { type: "string", default: "9" },
  },
});
mkdirSync(values.out, { recursive: true });
const data = mkdtempSync(join(tmpdir(), "stedloop-screenshots-"));

/** Starts the daemon on a free port. Resolves with the page's address once it says so. */
async function startDaemon() {
  const args = ["run", "--port", "0", "--data", data, "--seed", "1"];
  if (values.config !== undefined) args.push("--config", values.config);
  const child = spawn(process.execPath, [join(root, "dist", "src", "cli", "main.js"), ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const address = await new Promise((resolve, reject) => {
    let text = "";
    child.stdout.on("data", (chunk) => {
      text += chunk;
      const found = /http:\/\/[\w.:[\]]+/.exec(text);
      if (found !== null) resolve(found[0]);
    });
    child.on("exit", (code) => reject(new Error(`the daemon ended with ${code}`)));
  });
  const stop = async () => {
    if (child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.on("exit", resolve));
    child.kill("SIGINT");
    await ended;
  };
  return { address, stop };
}

/** A command line of the product, to its end. */
function stedloop(...args) {
  execFileSync(process.execPath, [join(root, "dist", "src", "cli", "main.js"), ...args], {
    stdio: "inherit",
  });
}

/** Simulated frames with ratings that this network has never seen, all of them held out. */
function heldOutSet() {
  const folder = join(data, "datasets", "simulated-24");
  stedloop("simulate", "dataset", "--structure", "actin", "--count", "24", "--seed", "91", "--out", folder);
  const file = join(folder, "dataset.json");
  const info = JSON.parse(readFileSync(file, "utf8"));
  const all = [...info.split.train, ...info.split.validation, ...info.split.test];
  writeFileSync(file, JSON.stringify({ ...info, split: { train: [], validation: [], test: all } }));
  const labels = join(folder, "labels.csv");
  const [head, ...rows] = readFileSync(labels, "utf8").trimEnd().split("\n");
  const at = head.split(",").indexOf("split");
  const test = rows.map((row) => row.split(",").with(at, "test").join(","));
  writeFileSync(labels, `${[head, ...test].join("\n")}\n`);
  return folder;
}

/** The pages Runs, Rate, Train, Study (and the tester's own), Rig, with what this very run gave. */
async function takeWorkshop(page, take) {
  const open = async (name) => page.getByRole("link", { name, exact: true }).click();
  const heldOut = heldOutSet();
  await open("Files");
  const demo = join(root, "demo", "real");
  const files = readdirSync(demo).filter((name) => /\.tiff?$/.test(name));
  await page.getByLabel("Choose image files").setInputFiles(files.map((name) => join(demo, name)));
  await page.getByText(`${files.length} rated, 0 not`).waitFor({ timeout: 120_000 });
  await page.getByRole("table").getByRole("button").first().click();
  await page.getByRole("img", { name: /^Heatmap of/ }).waitFor({ timeout: 120_000 });
  await take("page-files");
  await open("Runs");
  await page.getByRole("button", { name: "More" }).first().click();
  await page.getByLabel("Note", { exact: true }).waitFor();
  await take("page-runs");
  await open("Rate");
  await page.getByLabel("Your name").fill("anna");
  await page.getByLabel("Name", { exact: true }).fill("my-cells");
  await page.getByRole("button", { name: "Make it" }).click();
  await page.getByRole("button", { name: /^Rate/ }).waitFor({ timeout: 120_000 });
  const head = page.locator(".plain-head .dim");
  for (const [i, key] of ["7", "4", "6"].entries()) {
    await page.keyboard.press(key);
    await head.filter({ hasText: `· ${i + 1} of` }).waitFor();
  }
  await page.getByLabel("Quality, per cent").fill("62");
  await take("page-rate");
  await open("Train");
  await page
    .getByRole("combobox", { name: /^Dataset/ })
    .last()
    .selectOption({ label: "simulated-24" });
  await page.getByRole("button", { name: "Evaluate actin", exact: true }).click();
  await page.getByRole("img", { name: "actin: calibration" }).waitFor({ timeout: 120_000 });
  await page
    .getByRole("img", { name: /^Frame / })
    .last()
    .waitFor();
  await page.evaluate("document.querySelector('main').scrollTo(0, 1e6)");
  await take("page-train");
  stedloop(
    "study",
    "new",
    "--dataset",
    heldOut,
    "--model",
    "actin",
    "--out",
    join(data, "studies", "first-study"),
  );
  await open("Study");
  await page.getByRole("button", { name: "first-study" }).click();
  await page.getByLabel("Names, by commas").fill("bert");
  await page.getByRole("button", { name: "Invite" }).click();
  const link = await page.locator(".links code").textContent();
  await page.getByText(/Confusion, %/).waitFor();
  const tester = await browser.newPage({ viewport: { width: 1280, height: 720 } });
  await tester.goto(link);
  await tester.getByText(/image 1 of/).waitFor();
  await tester.screenshot({ path: join(values.out, "page-tester.png") });
  await tester.close();
  await take("page-study");
  await open("Rig");
  await page.getByRole("heading", { name: "Safety limits in force" }).waitFor();
  await page.locator(".power-trace").first().waitFor();
  await take("page-rig");
}

/** What the page looked like when something did not come. */
async function onFailure(page, error) {
  const picture = join(tmpdir(), "stedloop-screenshots-failure.png");
  await page.screenshot({ path: picture });
  error.message += `\nThe page then: ${picture}`;
  throw error;
}

const unwanted = new Set(["--single-process", "--no-zygote"]);
const daemon = await startDaemon();
const browser = await launcher.launch({
  executablePath: await chromium.executablePath(),
  args: chromium.args.filter((arg) => !unwanted.has(arg)),
  headless: true,
});
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 720 } });
  await page.goto(daemon.address);
  const until = async (what) => {
    const end = performance.now() + 15 * 60_000;
    for (;;) {
      const state = await (await fetch(`${daemon.address}/api/v1/state`)).json();
      if (what(state)) return;
      if (performance.now() > end)
        throw new Error(`waited in vain; the run is ${state.state}: ${state.alert}`);
      // A computer that is too busy makes the daemon go dark; that is right, and here somebody re-arms it.
      if (state.state === "safe") {
        const headers = { "content-type": "application/json" };
        await fetch(`${daemon.address}/api/v1/resume`, { method: "POST", headers, body: "{}" });
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  };
  const take = async (name) => {
    // One more picture drawn, so that what just came is on it.
    await page.evaluate(
      "new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))",
    );
    await page.screenshot({ path: join(values.out, `${name}.png`) });
    console.log(join(values.out, `${name}.png`));
  };
  const depletion = (state) => state.rig.light.some((light) => light.kind === "depletion" && light.on);
  await until((state) => state.step >= Number(values.steps) && depletion(state));
  await take("page");
  await page.getByRole("button", { name: "Assist", exact: true }).click();
  await until((state) => state.state === "waiting");
  await page.getByText(/Proposal for step/).waitFor();
  await take("page-assist");
  await page.keyboard.press("h");
  await page.locator(".heat-legend").waitFor({ timeout: 120_000 });
  await take("page-heatmap");
  await page.keyboard.press("h");
  await takeWorkshop(page, take).catch((error) => onFailure(page, error));
  await page.getByRole("link", { name: "Live", exact: true }).click();
  await page.getByRole("button", { name: "E-stop" }).click();
  await page.getByText("Safe — dark.").waitFor();
  await take("page-safe");
  await page.setViewportSize({ width: 390, height: 844 });
  await take("page-phone");
} finally {
  await browser.close();
  await daemon.stop();
  rmSync(data, { recursive: true, force: true });
}
