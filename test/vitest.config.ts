import { defineConfig } from "vitest/config";

const shared = { globalSetup: ["test/setup/global.ts"], testTimeout: 30_000, hookTimeout: 60_000 };

// Two projects: `fast` is npm test; `slow` needs Chromium or kills processes.
export default defineConfig({
  test: {
    root: new URL("..", import.meta.url).pathname,
    maxWorkers: 2,
    projects: [
      {
        test: {
          ...shared,
          name: "fast",
          root: new URL("..", import.meta.url).pathname,
          include: ["test/**/*.test.ts"],
          exclude: ["test/**/*.slow.test.ts"],
        },
      },
      {
        test: {
          ...shared,
          name: "slow",
          root: new URL("..", import.meta.url).pathname,
          include: ["test/**/*.slow.test.ts"],
          testTimeout: 240_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
