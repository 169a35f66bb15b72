import { defineConfig } from "vite";

// No inline script, no data: address of a script: the server's content-security policy allows neither.
export default defineConfig({
  base: "./",
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    sourcemap: false,
  },
});
