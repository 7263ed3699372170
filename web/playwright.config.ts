import { defineConfig } from "@playwright/test";

// Debian's Chromium, which `make tools` installs. Every test file starts the real binary on a store of its own.
export default defineConfig({
  // What is measured prints figures for docs/benchmarks.md, takes minutes, and is no part of `make test`.
  projects: [
    { name: "pages", testDir: "tests", testIgnore: "measure/**" },
    { name: "measure", testDir: "tests/measure" },
  ],
  outputDir: "test-results",
  // A machine with few cores takes its time; what is right shows itself long before.
  timeout: 120_000,
  expect: { timeout: 15_000 },
  fullyParallel: false,
  workers: 1,
  forbidOnly: true,
  reporter: [["list"]],
  globalSetup: "./tests/support/setup.ts",
  use: {
    viewport: { width: 1440, height: 900 },
    // Drawing what moves takes more of a machine without a graphics card than everything else.
    contextOptions: { reducedMotion: "reduce" },
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
      ],
    },
    trace: "retain-on-failure",
  },
});
