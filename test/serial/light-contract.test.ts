import { expect, it } from "vitest";
import { serialKinds, serialLight } from "../../drivers/serial/index.js";
import { deviceModels } from "../../drivers/serial/sim/index.js";
import { silentLogger, systemClock } from "../../src/core/index.js";
import { lightContract } from "./contract.js";

for (const kind of serialKinds) lightContract(kind, false);

it("there is a driver for every simulated device, and the other way round", () => {
  expect(Object.keys(deviceModels).sort()).toEqual([...serialKinds].sort());
});

it("an unknown kind is wrong use, with the nearest name", async () => {
  const options = { name: "x", path: "/x", clock: systemClock, logger: silentLogger };
  await expect(serialLight("mpb-vf", options)).rejects.toMatchObject({
    exitCode: 2,
    hint: "did you mean 'mpb-vfl'?",
  });
});
