import { describe, expect, it } from "vitest";
import { type FleetRig, type FleetState, silentLogger, systemClock } from "../../../src/core/index.js";
import { newToken, startFleetServer } from "../../../src/server/index.js";
import { seriousFindings, tooWide } from "../axe.js";
import type { Stage } from "../harness.js";

const rig = (name: string, more: Partial<FleetRig>): FleetRig => ({
  rig: name,
  device: "simulated",
  run: "run-1",
  state: "running",
  stage: "scoring",
  mode: "auto",
  step: 3,
  steps: 40,
  light: [{ name: "depletion", on: true, powerMw: 120, confirmed: true }],
  last: { score: 0.71, lower: 0.6, upper: 0.8, step: 3 },
  alert: null,
  model: "actin",
  engine: "fleet",
  at: "2026-01-01T00:00:00.000Z",
  heardSAgo: 1,
  stale: false,
  scores: [0.2, null, 0.71],
  observations: 3,
  notes: [],
  ...more,
});

export function fleetSuite(stage: Stage): void {
  describe("the page over all rigs", () => {
    it("asks for a token, shows each rig, and never calls old light off", async () => {
      let state: FleetState = {
        connected: true,
        trouble: null,
        replayed: true,
        rigs: [rig("left", {}), rig("right", { stale: true, heardSAgo: 42, light: [] })],
        workers: [
          {
            worker: "gpu-1",
            models: ["actin"],
            engine: "onnx-cuda",
            scored: 7,
            failed: 0,
            heardSAgo: 1,
            stale: false,
          },
        ],
        queue: { frames: 2, results: 7, dead: 0 },
        at: "2026-01-01T00:00:00.000Z",
      };
      const { page, complaints, foreign } = await stage.open();
      const { token, record } = newToken("screen", "viewer");
      const server = await startFleetServer({
        fleet: { state: () => state },
        host: "127.0.0.1",
        port: 0,
        tokens: [record],
        webRoot: stage.webRoot,
        clock: systemClock,
        logger: silentLogger,
      });
      stage.later(() => server.close());
      complaints.length = 0;
      await page.goto(server.address);
      await page.getByLabel("Access token").fill(token);
      await page.getByRole("button", { name: "Enter" }).click();
      const left = page.getByRole("listitem", { name: "Rig left" });
      await left.getByText("Light on: depletion 120 mW").waitFor();
      await left.getByText("0.71 (0.6 … 0.8), step 3").waitFor();
      const right = page.getByRole("listitem", { name: "Rig right" });
      await right.getByText("last heard 42 s ago: all below is old").waitFor();
      await right.getByText("Light unknown").waitFor();
      expect(await seriousFindings(page)).toEqual([]);
      await page.getByText("1 of 2 rigs heard, 1 worker, 2 frames waiting, 0 given up").waitFor();
      expect(await tooWide(page)).toBe(0);
      await page.setViewportSize({ width: 390, height: 844 });
      expect(await tooWide(page)).toBeLessThanOrEqual(0);
      expect(await seriousFindings(page)).toEqual([]);
      state = { ...state, connected: false, trouble: "the connection was lost" };
      await page.getByRole("alert").getByText("The NATS server is away (the connection was lost)").waitFor();
      await left.getByText("Light unknown (was on: depletion 120 mW)").waitFor();
      // The one complaint is the browser's own of the refusal before the token.
      expect(complaints.filter((text) => !/401/.test(text))).toEqual([]);
      expect(foreign).toEqual([]);
    });
  });
}
