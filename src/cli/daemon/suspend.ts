import { statfs } from "node:fs/promises";
import type { Rig, RigFault, RigInfo } from "../../../drivers/contract.js";
import type { ResolvedConfig } from "../../config/index.js";
import type { Hold, Suspend } from "../../loop/index.js";

type Condition = ResolvedConfig["suspend"]["on"][number];
/** How a fault that a rig reports is told to be one of the declared conditions. */
const ofRig: readonly {
  readonly condition: Condition;
  readonly test: RegExp;
  readonly needsOperator: boolean;
}[] = [
  { condition: "interlock", test: /interlock/i, needsOperator: true },
  { condition: "temperature", test: /temperature|over-?heat|too hot/i, needsOperator: false },
  { condition: "focus", test: /focus[_ ]?lost|out of focus|lost focus/i, needsOperator: false },
];

/** What must be free where nothing is configured; of a disk smaller than ten times this, a tenth. */
const usualFreeMb = 200;
const shown = (mb: number): string => (mb < 10 ? mb.toFixed(1) : Math.floor(mb).toString());

/** Which of the rig's faults hold a run. Pure. */
export function holdsOf(faults: readonly RigFault[], on: readonly Condition[]): Hold[] {
  return faults.flatMap(({ code, message, source }) => {
    const found = ofRig.find((o) => on.includes(o.condition) && (o.test.test(code) || o.test.test(message)));
    return found === undefined
      ? []
      : [{ reason: `${source}: ${message}`, needsOperator: found.needsOperator }];
  });
}

/**
 * The declared conditions of the configuration, looked at in the real world. Only a person makes room on a disk: a run that
 * nobody attends ends there and is resumed.
 */
export function suspendOf(
  config: ResolvedConfig,
  rig: Rig,
  info: RigInfo,
  { data, unattended }: { readonly data: string; readonly unattended: boolean },
): Suspend {
  const { on, goodForS, diskFreeMb } = config.suspend;
  const rigHolds = async (): Promise<Hold[]> => {
    if (!ofRig.some((o) => on.includes(o.condition)) || !info.capabilities.concurrent) return [];
    // A rig that does not answer is not held, it is lost: others see to that.
    const status = await rig.status().catch(() => null);
    return holdsOf(status?.faults ?? [], on);
  };
  const diskHolds = async (): Promise<Hold[]> => {
    if (!on.includes("disk")) return [];
    const { bavail, blocks, bsize } = await statfs(data);
    const freeMb = (bavail * bsize) / 1e6;
    const leastMb = diskFreeMb ?? Math.min(usualFreeMb, (blocks * bsize) / 10e6);
    if (freeMb >= leastMb) return [];
    const reason = `only ${shown(freeMb)} MB are free for the run's frames, less than ${shown(leastMb)}`;
    return [{ reason, needsOperator: unattended }];
  };
  return { on, goodForS, look: async () => [...(await rigHolds()), ...(await diskHolds())] };
}
