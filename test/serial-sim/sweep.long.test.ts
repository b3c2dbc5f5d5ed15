/**
 * Every driver against every simulated device with every fault, each in its own pseudo-terminal and in real time. What
 * must hold whatever goes wrong: nobody is told that a light is off while it is on, light comes only when asked for,
 * `off` ends with the light off as soon as the fault allows it.
 */
import { afterAll, describe, expect, it } from "vitest";
import type { SerialLight } from "../../drivers/serial/index.js";
import { serialKinds, serialLight } from "../../drivers/serial/index.js";
import type { DeviceModel } from "../../drivers/serial/sim/device.js";
import { type DeviceSim, deviceModels, faultsOf, startDeviceSim } from "../../drivers/serial/sim/index.js";
import { silentLogger, systemClock } from "../../src/core/index.js";
import { approveLight } from "../../src/safety/index.js";
import { tempFolder } from "../cli/command-line.js";

/** With these the light cannot be commanded off, or not be heard to be off, before they end. */
const holding = [
  "stuck-on",
  "frozen",
  "wrong-baud",
  "unplug",
  "reply-lost",
  "command-lost",
  "reply-cut",
  "reply-late",
  "garbage",
  "echo",
  "set-prompts",
];
/** Another unit answers: it is not believed, whatever it says. */
const strange = ["other-unit"];
/** The device lies about its light: nobody can know. */
const lying = ["status-lies"];
const powerMw: Readonly<Record<string, number>> = { "mpb-vfl": 300, katana: 300 };
const channels: Readonly<Record<string, number>> = { "aa-mpds": 1, skyra: 1 };
const settleMs = 12_000;

type Outcome<T> = { readonly value: T } | { readonly error: string } | { readonly pending: Promise<T> };
async function within<T>(work: Promise<T>, ms: number): Promise<Outcome<T>> {
  const patience = new AbortController();
  try {
    return await Promise.race([
      work.then((value) => ({ value })),
      systemClock.sleep(ms, patience.signal).then(() => ({ pending: work })),
    ]);
  } catch (thrown) {
    return { error: `${(thrown as { code?: string }).code ?? ""} ${(thrown as Error).message}` };
  } finally {
    patience.abort();
  }
}

interface Pair {
  readonly sim: DeviceSim;
  readonly light: SerialLight;
}
async function pair(kind: string, model: DeviceModel): Promise<Pair> {
  const link = `${tempFolder()}/port`;
  const sim = await startDeviceSim({ kind, model, clock: systemClock, seed: 1, entries: [], link });
  const light = await serialLight(
    kind,
    { name: kind, path: link, clock: systemClock, logger: silentLogger, heartbeatMs: 500 },
    channels[kind] === undefined ? {} : { channel: channels[kind] },
  );
  return { sim, light };
}
function lightUp({ light }: Pair, kind: string): ReturnType<SerialLight["apply"]> {
  const wanted = {
    source: kind,
    on: true,
    ...(kind === "sc10" ? {} : { powerMw: powerMw[kind] ?? 20 }),
  } as const;
  return light.apply(approveLight(wanted, { [kind]: { maxMw: 5000 } }));
}
function raise(sim: DeviceSim, fault: string, model: DeviceModel): Promise<void> {
  const { span } = faultsOf(model)[fault] as { span: string };
  if (fault === "unplug") return sim.fault(fault, 1.5);
  return sim.fault(fault, span === "moment" && fault !== "key-cycle" ? 1.5 : undefined);
}
const told = (o: Outcome<unknown>): string =>
  "value" in o ? "done" : "error" in o ? o.error : "not within its time";

/** Ends every way: the fault over, the light off and confirmed. @returns null, or what is wrong */
async function ends(
  { sim, light }: Pair,
  pending: Promise<unknown> | null,
  fault = "all",
): Promise<string | null> {
  // The unit that was there from the start is the right one.
  if (!strange.includes(fault)) await sim.clear("all");
  const off = await within(pending ?? light.off("the fault is over"), 25_000);
  const last = "value" in off ? off : await within(light.off("once more"), 15_000);
  if (!("value" in last)) return `after the fault 'off' ended with: ${told(last)}`;
  return sim.status().emission ? "after the fault 'off' was confirmed, yet the light is on" : null;
}

/** The light is on, then the fault comes. */
async function whileOn(kind: string, model: DeviceModel, fault: string): Promise<string[]> {
  const both = await pair(kind, model);
  const { sim, light } = both;
  const wrong: string[] = [];
  try {
    await light.open();
    await lightUp(both, kind);
    if (!sim.status().emission) wrong.push("'on' was confirmed, yet there is no light");
    await raise(sim, fault, model);
    const status = await within(light.status(), settleMs);
    if ("value" in status && status.value.on === false && sim.status().emission && !lying.includes(fault))
      wrong.push("the status says off, yet the light is on");
    const off = await within(light.off("sweep"), settleMs);
    if ("value" in off && off.value.on === false && sim.status().emission)
      wrong.push("'off' was confirmed, yet the light is on");
    if (!("value" in off) && ![...holding, ...strange].includes(fault))
      wrong.push(`'off' under the fault: ${told(off)}; the light is ${sim.status().emission ? "on" : "off"}`);
    const end = await ends(both, "pending" in off ? off.pending : null);
    if (end !== null) wrong.push(end);
  } catch (thrown) {
    wrong.push(`could not begin: ${(thrown as Error).message}`);
  } finally {
    await within(light.close(), 10_000);
    await sim.close();
  }
  return wrong.map((w) => `${kind}, ${fault} while on: ${w}`);
}

/** The fault is there, then the light is asked for. */
async function fromTheStart(kind: string, model: DeviceModel, fault: string): Promise<string[]> {
  const both = await pair(kind, model);
  const { sim, light } = both;
  const wrong: string[] = [];
  try {
    await raise(sim, fault, model);
    const opened = await within(light.open(), settleMs);
    if (sim.status().emission) wrong.push("light although nobody asked for it");
    if ("value" in opened) {
      const on = await within(lightUp(both, kind), settleMs);
      if ("value" in on && on.value.on === true && !sim.status().emission && !lying.includes(fault))
        wrong.push("'on' was confirmed, yet there is no light");
      const end = await ends(both, null, fault);
      if (end !== null) wrong.push(end);
    }
  } catch (thrown) {
    wrong.push(`fell over: ${(thrown as Error).message}`);
  } finally {
    await within(light.close(), 10_000);
    await sim.close();
  }
  return wrong.map((w) => `${kind}, ${fault} from the start: ${w}`);
}

/** A few at once: nearly all of it is waiting. */
async function eachOf<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<string[]>,
): Promise<string[]> {
  const found: string[] = [];
  const rest = [...items];
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let item = rest.shift(); item !== undefined; item = rest.shift())
        found.push(...(await work(item)));
    }),
  );
  return found;
}

describe.skipIf(process.platform === "win32")("every driver, every fault", () => {
  let cases = 0;
  afterAll(() => console.log(`${cases} cases of driver, device and fault`));

  it.each(serialKinds.filter((kind) => Object.hasOwn(deviceModels, kind)))("%s", async (kind) => {
    const model = await (deviceModels[kind] as () => Promise<DeviceModel>)();
    const all = Object.keys(faultsOf(model)).flatMap((fault) => [
      () => whileOn(kind, model, fault),
      () => fromTheStart(kind, model, fault),
    ]);
    cases += all.length;
    expect(await eachOf(all, 12, (run) => run())).toEqual([]);
  });
});
