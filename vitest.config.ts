import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    reporters: ["default", "./test/support/tally.ts"],
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          globalSetup: "test/support/redis-server.ts",
          // A machine that others use as well takes its time; what must be quick says so itself.
          testTimeout: 30_000,
          // Two cores are enough for two files; by default one of the two would be left free.
          maxWorkers: "100%",
          include: ["test/**/*.test.ts"],
          exclude: ["test/process/**", "test/long/**", "test/browser/**"],
        },
      },
      {
        extends: true,
        test: {
          name: "process",
          globalSetup: "test/support/redis-server.ts",
          include: ["test/process/*.test.ts"],
          testTimeout: 90_000,
          hookTimeout: 30_000,
          // They wait more than they work.
          maxWorkers: "100%",
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: "load",
          globalSetup: "test/support/redis-server.ts",
          include: ["test/process/load/*.test.ts"],
          testTimeout: 90_000,
          hookTimeout: 30_000,
          // Figures of one must not be those of another's load.
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: "browser",
          include: ["test/browser/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: "long",
          globalSetup: "test/support/redis-server.ts",
          include: ["test/long/**/*.test.ts"],
          testTimeout: 600_000,
          hookTimeout: 30_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
