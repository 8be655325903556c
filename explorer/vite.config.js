import { gzipSync } from "node:zlib";
import { defineConfig } from "vite";

// Compressed once here, so that the service never spends its event loop on it.
const gzip = {
  name: "gzip",
  apply: "build",
  generateBundle: {
    order: "post",
    handler(_, bundle) {
      for (const [fileName, output] of Object.entries(bundle)) {
        if (!/\.(js|css)$/.test(fileName)) continue;
        const content = output.type === "chunk" ? output.code : output.source;
        this.emitFile({ type: "asset", fileName: `${fileName}.gz`, source: gzipSync(content, { level: 9 }) });
      }
    },
  },
};

export default defineConfig({
  // The page is served at /, all else that it loads at /explorer/.
  base: "/explorer/",
  plugins: [gzip],
  worker: { format: "es" },
  // The editor is most of the bundle and cannot be split further.
  build: {
    outDir: "build",
    target: "es2022",
    chunkSizeWarningLimit: 5000,
    // React's "use client" means nothing in a bundle without a server half.
    rollupOptions: { checks: { moduleLevelDirective: false } },
  },
});
