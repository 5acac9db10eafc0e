import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** What most pages have in common comes in few files, since each costs a request; the rest is split by who uses it. */
const SHARED: readonly [RegExp, string][] = [
  [/node_modules\/(react|react-dom|scheduler)\//, "react"],
  [/node_modules\/@tanstack\/(query|react-query|router|react-router|history|store|react-store)/, "tanstack"],
  [
    /@mantine\/(hooks\/|core\/esm\/(core|components\/(ActionIcon|Alert|Box|Button|CloseButton|Group|InlineInput|Input|InputBase|Loader|MantineProvider|Menu|Modal|ModalBase|Overlay|Paper|Popover|Portal|ScrollArea|SegmentedControl|Skeleton|Stack|Switch|Text|TextInput|Tooltip|Transition|UnstyledButton|VisuallyHidden)\/))/,
    "mantine",
  ],
  [
    /src\/(app\/fallbacks|api\/(?!upload-file)|components\/(?!line-plot|picture-stage|object-shape))/,
    "shared",
  ],
  [
    /src\/lib\/(format|i18n|use-[a-z-]+|project-choice|permissions|key-store|language|csv|splits|[a-z]+-search)\.tsx?$/,
    "shared",
  ],
];

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
        manualChunks: (id) => SHARED.find(([path]) => path.test(id))?.[1],
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
