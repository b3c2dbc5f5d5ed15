import type { Target } from "./contract.js";

/** Every endurance target: one file, one line here. */
export const targets: Readonly<
  Record<string, { readonly count: number; readonly load: () => Promise<Target> }>
> = {
  kill: { count: 20, load: async () => (await import("./kill.js")).kill },
  soak: { count: 3000, load: async () => (await import("./soak.js")).soak },
  fuzz: { count: 10_000, load: async () => (await import("./fuzz.js")).fuzz },
};
