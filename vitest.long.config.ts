import { defineConfig } from "vitest/config";

/** `npm run test:long`: what takes minutes or wants packages of other languages. */
export default defineConfig({
  test: {
    include: ["test/**/*.long.test.ts"],
    pool: "forks",
    testTimeout: 1_800_000,
    hookTimeout: 600_000,
    maxWorkers: 1,
  },
});
