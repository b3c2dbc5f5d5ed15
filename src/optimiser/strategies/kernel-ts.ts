import type { Strategy } from "./contract.js";
import { sobol } from "./sobol.js";

export const kernelTs: Strategy = { name: "kernel-ts", propose: (context) => sobol.propose(context) };
