import { afterEach, describe, expect, it } from "vitest";
import type { SerialLightOptions } from "../../drivers/serial/light/options.js";
import { mpbVfl } from "../../drivers/serial/mpb-vfl/device.js";
import { FakeMpb } from "./fake-mpb.js";
import { approved, driver, event, type Opened } from "./helpers.js";

const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function laser(
  options: Partial<SerialLightOptions> = {},
): Promise<Opened & { readonly fake: FakeMpb }> {
  const fake = new FakeMpb();
  ends.push(() => fake.device.unplug());
  const opened = driver(mpbVfl, fake.device.path, options);
  ends.push(() => opened.light.release());
  await opened.light.open();
  return { ...opened, fake };
}

describe("serial transport, over a real pseudo-terminal", () => {
  it("opens, identifies, reads, and changes nothing", async () => {
    const { light, fake } = await laser();
    expect(light.limits()).toEqual({ minMw: 199.9, maxMw: 3050 });
    expect(fake.device.received.filter((c) => /^SET|ENABLE 1/.test(c))).toEqual([]);
    expect(await light.status()).toMatchObject({
      on: false,
      setPointMw: 200,
      interlock: "closed",
      key: "on",
      faults: [],
    });
  });

  it("sets power, then light, believed by status only; off is confirmed", async () => {
    const { light, fake } = await laser();
    expect(await light.apply(approved({ powerMw: 500, on: true }))).toMatchObject({
      on: true,
      setPointMw: 500,
      powerMw: 500,
    });
    expect(await light.off("test")).toMatchObject({ on: false });
    expect(fake.enabled).toBe(false);
  });

  it("a late answer is never taken for the next one", async () => {
    const { light, fake } = await laser();
    fake.twist = (command) => {
      if (command !== "POWER 0") return null;
      fake.twist = () => null;
      fake.device.later(1020, "777\rD >");
      return "silent";
    };
    // The query is repeated after 1 s; the first answer comes 20 ms later, beside the second.
    const status = await light.status();
    expect(status).toMatchObject({ setPointMw: 200, powerMw: 0, on: false });
    fake.device.later(5, "778\rD >");
    expect(await light.status()).toMatchObject({ setPointMw: 200, powerMw: 0, on: false });
  });

  it("reads answers cut into single bytes", async () => {
    const { light, fake } = await laser();
    fake.twist = (command) => {
      for (const [i, byte] of [...fake.answer(command)].entries()) fake.device.later(3 * i, byte);
      return "silent";
    };
    expect(await light.status()).toMatchObject({ setPointMw: 200, powerMw: 0, on: false });
  });

  it("a set is never repeated; a query is", async () => {
    const { light, fake } = await laser();
    const from = fake.device.received.length;
    fake.twist = (command) => (command.startsWith("SETPOWER") ? "silent" : null);
    await expect(light.apply(approved({ powerMw: 300 }))).rejects.toMatchObject({ code: "NO_REPLY" });
    expect(fake.device.received.slice(from).filter((c) => c.startsWith("SETPOWER"))).toEqual([
      "SETPOWER 0 300",
    ]);
  });

  it("off overtakes what waits, and what was being done about light ends", async () => {
    const { light, fake } = await laser();
    fake.twist = (command) => (command === "POWER 0" ? "silent" : null);
    const slow = light.apply(approved({ powerMw: 300, on: true }));
    const refused = expect(slow).rejects.toMatchObject({ code: "OVERTAKEN" });
    await new Promise((resolve) => setTimeout(resolve, 150));
    fake.twist = () => null;
    const began = performance.now();
    expect(await light.off("test")).toMatchObject({ on: false });
    expect(performance.now() - began).toBeLessThan(900);
    await refused;
    expect(fake.enabled).toBe(false);
  });

  it("off is repeated until the device is dark", async () => {
    const { light, fake } = await laser();
    await light.apply(approved({ powerMw: 300, on: true }));
    let deaf = 3;
    fake.twist = (command) => (command === "SETLDENABLE 0" && deaf-- > 0 ? "\rD >" : null);
    expect(await light.off("test")).toMatchObject({ on: false });
    expect(fake.enabled).toBe(false);
  });

  it("unplugged in mid-write and replugged: lost, found after identification and off", async () => {
    const { light, fake, events } = await laser();
    await light.apply(approved({ powerMw: 300, on: true }));
    const lost = event(light, "lost");
    const setting = light.apply(approved({ powerMw: 400 }));
    const refused = expect(setting).rejects.toMatchObject({ code: "LOST" });
    fake.device.unplug();
    expect(await lost).toMatchObject({ reason: expect.stringContaining(fake.device.path) });
    await refused;
    await expect(light.apply(approved({ powerMw: 400 }))).rejects.toMatchObject({ code: "LOST" });
    const found = event(light, "found");
    fake.device.received.length = 0;
    fake.device.plug();
    await found;
    expect(fake.enabled).toBe(false);
    const first = fake.device.received.findIndex((c) => c.startsWith("SET"));
    expect(fake.device.received[first]).toBe("SETLDENABLE 0");
    expect(fake.device.received.slice(0, first)).toContain("GETSN");
    expect(events.filter((e) => e.type === "found")).toHaveLength(1);
  });

  it("another device on the port stays untouched", async () => {
    const { light, fake } = await laser();
    const lost = event(light, "lost");
    fake.device.unplug();
    await lost;
    fake.device.received.length = 0;
    fake.serialNumber = "SN2";
    fake.device.plug();
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(fake.device.received).toContain("GETSN");
    expect(fake.device.received.filter((c) => c.startsWith("SET"))).toEqual([]);
    await expect(light.status()).rejects.toMatchObject({ code: "LOST" });
  });

  it("a dead port: the heartbeat tells", async () => {
    const { light, fake } = await laser({ heartbeatMs: 100 });
    const lost = event(light, "lost");
    fake.twist = () => "silent";
    expect(await lost).toMatchObject({ reason: expect.stringContaining("no answer") });
    const found = event(light, "found");
    fake.twist = () => null;
    await found;
  });

  it("off asked for while the device is lost is done when it comes back", async () => {
    const { light, fake } = await laser();
    await light.apply(approved({ powerMw: 300, on: true }));
    const lost = event(light, "lost");
    fake.device.unplug();
    await lost;
    const dark = light.off("test");
    fake.device.plug();
    expect(await dark).toMatchObject({ on: false });
  });

  it("garbage at open and half a command left by somebody else do not matter", async () => {
    const fake = new FakeMpb();
    ends.push(() => fake.device.unplug());
    fake.device.later(60, "\0\0\xff9\rgarb");
    const { light } = driver(mpbVfl, fake.device.path);
    ends.push(() => light.release());
    expect(await light.open()).toMatchObject({ serialNumber: "SN1" });
  });

  it("close goes dark first; after it everything is refused", async () => {
    const { light, fake } = await laser();
    await light.apply(approved({ powerMw: 300, on: true }));
    await light.close();
    expect(fake.enabled).toBe(false);
    await expect(light.off("again")).rejects.toMatchObject({ code: "CLOSED" });
  });
});

describe("at open, one clear line", () => {
  const cases: { name: string; code: string; twist: (fake: FakeMpb) => void }[] = [
    { name: "nobody answers", code: "NO_ANSWER", twist: (fake) => (fake.twist = () => "silent") },
    {
      name: "another kind of device",
      code: "WRONG_DEVICE",
      twist: (fake) => (fake.twist = () => "Syntax error: illegal command\r\n"),
    },
    {
      name: "another baud rate",
      code: "GARBLED",
      twist: (fake) => (fake.twist = () => "\xf8\xe0\x80\xfe\x1c\xf8\r"),
    },
    {
      name: "power limits that cannot be",
      code: "IMPLAUSIBLE",
      twist: (fake) => (fake.twist = (c) => (c.startsWith("GETPOWERSETPTLIM") ? "5 -3\rD >" : null)),
    },
  ];
  for (const { name, code, twist } of cases) {
    it(name, async () => {
      const fake = new FakeMpb();
      ends.push(() => fake.device.unplug());
      twist(fake);
      const { light } = driver(mpbVfl, fake.device.path);
      const failed = await light.open().catch((error) => error);
      expect(failed).toMatchObject({ code });
      expect(failed.line).toContain(fake.device.path);
      expect(failed.line).not.toContain("\n");
    });
  }
  it("no such port", async () => {
    const failed = await driver(mpbVfl, "/nowhere/port")
      .light.open()
      .catch((error) => error);
    expect(failed).toMatchObject({ code: "NO_PORT" });
  });
  it("a port that another program holds", async () => {
    const { fake } = await laser();
    const failed = await driver(mpbVfl, fake.device.path)
      .light.open()
      .catch((error) => error);
    expect(failed).toMatchObject({ code: "PORT_BUSY" });
  });
});
