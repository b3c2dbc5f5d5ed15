import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { DeviceFactory } from "../../drivers/serial/light/device.js";
import { tempFolder } from "../cli/command-line.js";
import { approved, driver } from "./helpers.js";
import { PtyDevice } from "./pty-device.js";

const serial = join(import.meta.dirname, "..", "..", "drivers", "serial");

it("the worked example of docs/drivers.md is a driver", async () => {
  const page = readFileSync(join(import.meta.dirname, "..", "..", "docs", "drivers.md"), "utf8");
  const [protocol = "", device = ""] = [...page.matchAll(/```ts\n(.*?)```/gs)].map(
    (block) => block[1] as string,
  );
  // They stand outside the house, so their way to it is made absolute.
  const folder = tempFolder();
  const placed = (source: string): string => source.replaceAll('"../', `"${serial}/`);
  writeFileSync(join(folder, "protocol.ts"), placed(protocol));
  writeFileSync(join(folder, "device.ts"), placed(device));
  const { lumina } = (await import(join(folder, "device.ts"))) as { readonly lumina: DeviceFactory };
  const state = { on: false, mW: 1 };
  const port = new PtyDevice((command) => {
    const [word = "", value = ""] = command.split(" ");
    if (word === "P") state.mW = Number(value);
    if (word === "E") state.on = value === "1";
    const answers: Record<string, string> = {
      "SN?": "L77",
      "PMAX?": "80",
      "P?": state.mW.toFixed(1),
      "E?": state.on ? "1" : "0",
      "ILK?": "1",
    };
    return `${answers[word] ?? "OK"}\r\n`;
  });
  const { light } = driver(lumina, port.path);
  try {
    expect(await light.open()).toMatchObject({ vendor: "Lumina", serialNumber: "L77" });
    expect(await light.apply(approved({ powerMw: 12.5, on: true }))).toMatchObject({
      on: true,
      setPointMw: 12.5,
    });
    expect(state).toEqual({ on: true, mW: 12.5 });
    expect(await light.off("done")).toMatchObject({ on: false });
    expect(state.on).toBe(false);
  } finally {
    await light.release();
    port.unplug();
  }
});
