import { defineConfig } from "vitest/config";

// The port of `spot serve` while developing; its Host and Origin checks expect its own address.
const server = process.env.SPOT_URL ?? "http://127.0.0.1:7070";
const proxied = {
  target: server,
  changeOrigin: true,
  headers: { origin: server },
};

export default defineConfig({
  build: {
    // Scripts are separate files: the content security policy allows no inline ones.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 2048,
    rolldownOptions: {
      input: ["index.html", "graphiql/index.html"],
      // "use client" means something to server-side rendering only.
      onwarn: (warning, warn) => warning.code === "MODULE_LEVEL_DIRECTIVE" || warn(warning),
    },
  },
  test: {
    include: ["src/**/*.test.ts", "src/**/*.test.tsx"],
  },
  server: {
    proxy: { "/graphql": proxied, "/health": proxied, "/ready": proxied, "/metrics": proxied, "/session": proxied },
  },
});
