import type { TargetEntry } from "./contract.js";

/** Every endurance target: one file, one entry here. */
export const targets: Readonly<Record<string, TargetEntry>> = {
  kill: {
    count: 20,
    about: "lives of daemons that are killed at random moments, resumed and replayed; or one trouble alone",
    words: async () => Object.keys((await import("./variants.js")).variants),
    load: async () => (await import("./kill.js")).kill,
  },
  soak: {
    count: 3000,
    about: "frames through the whole path as fast as they come; memory and handles must stay flat",
    words: async () => [],
    load: async () => (await import("./soak.js")).soak,
  },
  fuzz: {
    count: 10_000,
    about: "damaged and random input on every surface, or on those that are named",
    words: async () => Object.keys((await import("./fuzz.js")).surfaces),
    load: async () => (await import("./fuzz.js")).fuzz,
  },
};
