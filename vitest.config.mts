import { defineConfig } from "vitest/config";

const exclude = ["node_modules/**", ".rehearsal/**"];

export default defineConfig({
  test: {
    // On two cores more workers only wait for each other.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: "unit",
          include: ["**/*.test.ts"],
          exclude: [...exclude, "**/*.e2e.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["**/*.e2e.test.ts"],
          exclude,
          globalSetup: ["rehearsal/control-plane/test-setup.ts"],
          // Each of them brings processes up; side by side they would measure the machine.
          fileParallelism: false,
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
