import { Command } from "commander";
import { type SerialLight, serialKinds, serialLight } from "../../../drivers/serial/index.js";
import { readYaml, safetyFileSchema } from "../../config/index.js";
import { ConnectError, silentLogger, systemClock, UsageError } from "../../core/index.js";
import { approveLight } from "../../safety/index.js";
import { integer, number } from "../options.js";
import { print, printJson, say } from "../output.js";

interface Options {
  readonly channel?: number;
  readonly baud?: number;
  readonly serialNumber?: string;
  readonly acceptFirmware?: string;
  readonly limits?: string;
  readonly source?: string;
  readonly trace?: boolean;
  readonly json?: boolean;
}
type LimitsBySource = Readonly<Record<string, { readonly maxMw: number }>>;
const verbs = ["identify", "status", "power", "on", "off"] as const;

export function command(): Command {
  return new Command("device")
    .description("One light source by hand. It leaves the light as asked; Ctrl-C switches it off.")
    .argument("<kind>", serialKinds.join(", "))
    .argument("<path>", "its port, e.g. /dev/serial/by-id/… or COM5")
    .argument("<command>", "identify, status, power (read, or set with a value in mW), on, off")
    .argument("[value]", "power in mW at the device")
    .option(
      "--channel <n>",
      "line of a Skyra, channel of an AOTF or hub, index behind a remote",
      integer(0, 8),
    )
    .option("--baud <rate>", "other than the usual rate of the kind", integer(300, 4_000_000))
    .option("--serial-number <text>", "accept this device only")
    .option("--accept-firmware <text>", "take this firmware although the driver does not know it")
    .option(
      "--limits <file>",
      "a safety file whose `sources` limit the power; default: the device's own limits",
    )
    .option("--source <name>", "this device's name in that file; default: its kind")
    .option("--trace", "show what goes over the wire, on stderr")
    .option("--json", "one JSON document on stdout")
    .addHelpText("after", "\nExample:\n  stedloop device mpb-vfl /dev/ttyUSB0 power 500")
    .action(work);
}

async function work(
  kind: string,
  path: string,
  verb: string,
  value: string | undefined,
  options: Options,
): Promise<void> {
  if (!verbs.some((known) => known === verb)) {
    throw new UsageError("BAD_COMMAND", `unknown command '${verb}'`, { hint: `one of ${verbs.join(", ")}` });
  }
  if (value !== undefined && verb !== "power")
    throw new UsageError("BAD_COMMAND", `'${verb}' takes no value`);
  const powerMw = value === undefined ? undefined : milliwatts(value);
  const source = options.source ?? kind;
  const limits = options.limits === undefined ? null : limitsFrom(options.limits);
  const light = await serialLight(
    kind,
    {
      name: source,
      path,
      clock: systemClock,
      logger: silentLogger,
      heartbeatMs: 0,
      ...(options.serialNumber === undefined ? {} : { serialNumber: options.serialNumber }),
      ...(options.trace ? { trace: (direction, text) => say(`${direction} ${JSON.stringify(text)}`) } : {}),
    },
    {
      ...(options.channel === undefined ? {} : { channel: options.channel }),
      ...(options.baud === undefined ? {} : { baudRate: options.baud }),
      ...(options.acceptFirmware === undefined ? {} : { acceptFirmware: options.acceptFirmware }),
    },
  );
  const interrupted = interruption(light, options);
  try {
    await Promise.race([
      interrupted,
      act(light, { kind, path, verb, powerMw, limits, source, json: options.json === true }),
    ]);
  } finally {
    await light.release();
  }
}

interface Task {
  readonly kind: string;
  readonly path: string;
  readonly verb: string;
  readonly powerMw: number | undefined;
  readonly limits: LimitsBySource | null;
  readonly source: string;
  readonly json: boolean;
}

async function act(light: SerialLight, task: Task): Promise<void> {
  const { kind, path, verb, powerMw, source } = task;
  const identity = await light.open();
  const own = light.limits();
  if (verb === "identify") {
    report(task, { kind, path, ...identity, limits: own });
    return;
  }
  if (powerMw !== undefined && own.maxMw === 0) {
    throw new UsageError("BAD_COMMAND", "a shutter takes no power", { where: kind });
  }
  let status = verb === "off" ? await light.off("asked for by hand") : await light.status();
  if (verb === "on" || powerMw !== undefined) {
    if (task.limits === null) {
      say(`stedloop: limited by the device itself (up to ${own.maxMw} mW); --limits FILE sets your own`);
    }
    const limits = task.limits ?? { [source]: { maxMw: own.maxMw } };
    const wanted = powerMw ?? stored(status.setPointMw, own);
    const command = {
      source,
      ...(wanted === undefined ? {} : { powerMw: wanted }),
      ...(verb === "on" ? ({ on: true } as const) : {}),
    };
    try {
      status = await light.apply(approveLight(command, limits));
    } catch (thrown) {
      // What was asked for and could not be confirmed must not stay half done.
      if (verb === "on") await within(light.off("switching on failed"), light.darkWithinMs * 2);
      throw thrown;
    }
  }
  report(task, { kind, path, ...status, limits: own });
}

/** `on` means the stored set point; it is named so that the limits hold for it too. */
function stored(
  setPointMw: number | null,
  own: { readonly minMw: number; readonly maxMw: number },
): number | undefined {
  if (own.maxMw === 0 || setPointMw === null) return undefined;
  return setPointMw < own.minMw || setPointMw === 0 ? undefined : setPointMw;
}

function report(task: Task, facts: Readonly<Record<string, unknown>>): void {
  if (task.json) {
    printJson(facts);
    return;
  }
  for (const [name, value] of Object.entries(facts)) {
    if (name === "faults")
      for (const fault of value as { message: string }[]) print(`fault          ${fault.message}`);
    else
      print(
        `${name.padEnd(14)} ${typeof value === "object" && value !== null ? JSON.stringify(value) : (value ?? "unknown")}`,
      );
  }
}

function milliwatts(text: string): number {
  try {
    return number(0)(text.trim());
  } catch {
    throw new UsageError("BAD_POWER", `'${text}' is no power in mW`, { hint: "a number, at least 0" });
  }
}

function limitsFrom(file: string): LimitsBySource {
  const { sources } = readYaml(file, safetyFileSchema);
  if (sources === undefined)
    throw new UsageError("NO_LIMITS", "the file has no `sources`", {
      where: file,
      hint: "see config/safety.yaml",
    });
  return sources;
}

/** A signal: light off first, then the end, told as an error. */
function interruption(light: SerialLight, options: Options): Promise<never> {
  return new Promise((_, reject) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.once(signal, () => {
        if (!options.json) say("stedloop: switching the light off …");
        within(light.off(signal), light.darkWithinMs * 2).then(
          (status) =>
            reject(
              new ConnectError(
                "INTERRUPTED",
                status === null
                  ? "interrupted; the light is NOT confirmed off"
                  : "interrupted; the light is off",
              ),
            ),
          () => reject(new ConnectError("INTERRUPTED", "interrupted before the device was open")),
        );
      });
    }
  });
}

/** The result, or null after that time. */
function within<T>(work: Promise<T>, ms: number): Promise<T | null> {
  return Promise.race([work, systemClock.sleep(ms).then(() => null)]);
}
