import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [react()],
  build: {
    outDir: "../src/snellen/server/static",
    emptyOutDir: true,
    target: "es2022",
    // The CSP allows no inline script, so no polyfill may be injected as one.
    modulePreload: { polyfill: false },
    rollupOptions: {
      output: {
        manualChunks: (id) => {
          if (/node_modules\/(react|react-dom|scheduler)\//.test(id)) return "react";
          if (/node_modules\/@tanstack\//.test(id)) return "tanstack";
          return undefined;
        },
      },
    },
  },
  server: {
    host: "127.0.0.1",
    // The server takes changes from pages of the name it was asked by alone: keep that of the page.
    proxy: {
      "/api": { target: "http://127.0.0.1:8080", changeOrigin: false },
      "/login": { target: "http://127.0.0.1:8080", changeOrigin: false },
    },
  },
  test: {
    environment: "jsdom",
    setupFiles: ["src/test-setup.ts"],
    include: ["src/**/*.test.{ts,tsx}"],
  },
});
