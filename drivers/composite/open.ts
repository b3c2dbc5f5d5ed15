import { ConfigError } from "../../src/core/index.js";
import type { DriverContext } from "../context.js";
import type { LightSource, Rig } from "../contract.js";
import { PortPool, serialLight } from "../serial/index.js";
import { openZeromq } from "../zeromq/index.js";
import { Beam } from "./beam.js";
import { CompositeRig } from "./composite-rig.js";
import { portOf } from "./ports.js";
import { Source } from "./source.js";
import { type BeamName, beamOf, type CompositeConfig, type LightSpec } from "./spec.js";

/** `rig: {kind: composite, scanner, light: […]}`. Nothing is connected before `open`. */
export async function openComposite(config: CompositeConfig, context: DriverContext): Promise<Rig> {
  const { clock, logger, light } = context;
  const ports = new PortPool();
  let changed = (): void => undefined;
  const make = (spec: LightSpec, path: string): Promise<LightSource> =>
    serialLight(
      spec.device,
      {
        name: spec.name,
        path,
        ports,
        clock,
        logger,
        role: spec.role === "aotf" ? "shutter" : spec.role,
        ...(spec.serialNumber === undefined ? {} : { serialNumber: spec.serialNumber }),
      },
      {
        ...(spec.channel === undefined ? {} : { channel: spec.channel }),
        ...(spec.baudRate === undefined ? {} : { baudRate: spec.baudRate }),
        ...(spec.acceptFirmware === undefined ? {} : { acceptFirmware: spec.acceptFirmware }),
      },
    );
  const faults: string[] = [];
  const sources: Source[] = [];
  for (const [index, spec] of config.light.entries()) {
    try {
      const port = await portOf(spec, index, light);
      const beam = beamOf(spec, config.light);
      sources.push(
        new Source({ spec, index, beam, port, make, light, clock, logger, onChange: () => changed() }),
      );
    } catch (thrown) {
      if (!(thrown instanceof ConfigError)) throw thrown;
      faults.push(thrown.line);
    }
  }
  if (faults.length > 0) throw new ConfigError("CONFIG_INVALID", faults.join("; "));
  const names: readonly BeamName[] = ["depletion", "excitation"];
  const beams = names.flatMap((name) => {
    const own = sources.filter((s) => s.beam === name);
    return own.length === 0 ? [] : [new Beam(name, own, clock)];
  });
  const scanner = await openZeromq(config.scanner, context);
  const rig = new CompositeRig({
    scanner,
    sources,
    beams,
    light,
    clock,
    calibrationDays: config.calibrationDays,
  });
  changed = () => rig.changed();
  return rig;
}
