import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ended, line, start, tempFolder } from "../cli/command-line.js";
import { tinySet } from "../training/tiny-set.js";
import { Stage } from "./harness.js";

const stage = new Stage();
beforeAll(() => stage.start(), 300_000);
afterAll(() => stage.end());

interface Daemon {
  readonly address: string;
  stop(): Promise<void>;
}

/** The daemon itself, watching an empty folder: no light, and the model that was deployed. */
async function daemon(data: string): Promise<Daemon> {
  const watched = join(data, "watched");
  mkdirSync(watched, { recursive: true });
  const config = join(data, "watch.yaml");
  writeFileSync(config, `rig:\n  kind: watch\n  folder: ${watched}\nmodel: deployed\n`);
  const child = start(["run", "--config", config, "--data", data, "--port", "0"]);
  child.stderr?.resume();
  const said = await line(child, "stdout", /http:\/\//);
  return {
    address: /http:\/\/[\w.:]+/.exec(said)?.[0] ?? "",
    stop: async () => {
      child.kill("SIGINT");
      await ended(child);
    },
  };
}
async function modelOf({ address }: Daemon): Promise<string> {
  const state = (await (await fetch(`${address}/api/v1/state`)).json()) as { model: { name: string } };
  return state.model.name;
}
async function startTraining(page: Page, name: string, epochs: number): Promise<void> {
  await page.getByLabel("Name of the model").fill(name);
  await page.getByLabel("Most epochs").fill(String(epochs));
  await page.getByRole("button", { name: "Train", exact: true }).click();
}

describe("a network trained from the page", { timeout: 1_500_000 }, () => {
  it("is seen learning, cancelled, made, looked at, measured, deployed, used after a restart, rolled back", async () => {
    const data = tempFolder();
    mkdirSync(join(data, "datasets"));
    cpSync(tinySet(20), join(data, "datasets", "stripes"), { recursive: true });
    let running = await daemon(data);
    expect(await modelOf(running)).toBe("actin");
    const page = await stage.plainPage(`${running.address}/#/train`);
    await page.getByText("This run scores with actin").waitFor({ timeout: 60_000 });

    await startTraining(page, "long", 5000);
    await page.getByRole("heading", { name: /long · training/ }).waitFor();
    await page.getByRole("img", { name: /^after \d+ epochs: training 0\.\d+/ }).waitFor({ timeout: 600_000 });
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("heading", { name: /long · cancelled/ }).waitFor({ timeout: 60_000 });

    // Asked for at once: it begins when the cancelled one is gone.
    await startTraining(page, "tiny", 1);
    await page.getByRole("heading", { name: /tiny · done/ }).waitFor({ timeout: 900_000 });
    await page.getByRole("img", { name: /^after 1 epochs/ }).waitFor();
    const row = page.getByRole("row", { name: /tiny made here/ });
    await row.locator("summary", { hasText: "cnn" }).click();
    await row.getByText(/"name": "tiny"/).waitFor();

    await page.getByRole("button", { name: "Evaluate tiny" }).click();
    await page.getByRole("img", { name: "tiny: calibration" }).waitFor({ timeout: 300_000 });
    await page.getByText(/tiny against actin, which is in force, on stripes: RMSE [\d.]+ points/).waitFor({
      timeout: 300_000,
    });
    await page
      .getByRole("img", { name: /^Frame f\d+/ })
      .first()
      .waitFor();

    await page.getByRole("button", { name: "Deploy tiny" }).click();
    await page.getByText(/Deployed for the next start: tiny, by local/).waitFor();
    expect(await modelOf(running)).toBe("actin");
    await running.stop();
    running = await daemon(data);
    expect(await modelOf(running)).toBe("tiny");
    const image = Array.from({ length: 64 }, (_, y) =>
      Array.from({ length: 64 }, (_, x) => Math.round(30 + 25 * Math.sin((x * Math.PI) / 4) + (y % 3))),
    );
    const scored = await fetch(`${running.address}/api/v1/score`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ image }),
    });
    expect(scored.status).toBe(200);

    await page.goto(`${running.address}/#/train`);
    await page.getByText("This run scores with tiny").waitFor({ timeout: 60_000 });
    await page.getByRole("button", { name: "Roll back" }).click();
    await page.getByText("Nothing was deployed").waitFor();
    await running.stop();
    running = await daemon(data);
    expect(await modelOf(running)).toBe("actin");
    await running.stop();
  });
});
