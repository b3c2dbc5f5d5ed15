import { fromRegistry, type Registry } from "../../core/index.js";
import type { StrategyName } from "../space.js";
import type { Strategy } from "./contract.js";

export const strategies: Registry<Strategy> = {
  nehvi: async () => (await import("./nehvi.js")).nehvi,
  "kernel-ts": async () => (await import("./kernel-ts.js")).kernelTs,
  sobol: async () => (await import("./sobol.js")).sobol,
  random: async () => (await import("./random.js")).random,
} satisfies Record<StrategyName, () => Promise<Strategy>>;

export function loadStrategy(name: StrategyName): Promise<Strategy> {
  return fromRegistry("strategy", strategies, name);
}
