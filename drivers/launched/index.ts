import type { DriverContext, SimulatedRigProcess } from "../context.js";
import type { Rig } from "../contract.js";
import { ZeromqRig } from "../zeromq/index.js";

interface SimulatedConfig {
  readonly structure: string;
  readonly seed?: number | undefined;
  readonly timeScale?: number | undefined;
  readonly mode?: string | undefined;
  readonly dye?: string | undefined;
  readonly sample?: object | undefined;
  readonly realism?: object | undefined;
  readonly faults?: string | undefined;
}

/**
 * The simulated rig in a process of its own, spoken to over real sockets like any other rig. It starts with `open`
 * and ends with `close`, or when this process dies.
 */
export async function openSimulated(config: SimulatedConfig, context: DriverContext): Promise<Rig> {
  const args = [
    `--structure=${config.structure}`,
    `--seed=${config.seed ?? context.seed}`,
    `--first-region=${context.firstRegion}`,
    `--time-scale=${config.timeScale ?? context.timeScale}`,
    ...(config.mode === undefined ? [] : [`--mode=${config.mode}`]),
    ...(config.dye === undefined ? [] : [`--dye=${config.dye}`]),
    ...(config.sample === undefined ? [] : [`--sample=${JSON.stringify(config.sample)}`]),
    ...(config.realism === undefined ? [] : [`--realism=${JSON.stringify(config.realism)}`]),
    ...(config.faults === undefined ? [] : [`--faults=${config.faults}`]),
  ];
  const process: SimulatedRigProcess = await context.startRig(args);
  context.logger.info({ ...process }, "simulated rig started");
  const rig = new ZeromqRig({
    commands: process.commands,
    events: process.events,
    session: context.session,
    version: context.version,
    clock: context.clock,
    logger: context.logger,
  });
  const close = rig.close.bind(rig);
  rig.close = async () => {
    await close();
    await process.stop();
  };
  return rig;
}
