// What the production build is made of. Everything that it needs stands in `dependencies`, for set-up installs
// no others.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { defineConfig, type Plugin, type ProxyOptions } from "vite";

// Where `npm run dev` finds the programs.
const API = process.env.BAROGRAPH_API_URL ?? "http://127.0.0.1:8000";
const OF_THE_API = ["/api", "/auth", "/session", "/docs", "/openapi.json", "/openapi.yaml", "/asyncapi.yaml"];
// Smaller files gain nothing.
const LEAST_COMPRESSED_BYTES = 500;

export default defineConfig({
  clearScreen: false,
  build: {
    target: "es2023",
    sourcemap: false,
    // No `data:` addresses in scripts and styles: the page's policy forbids them.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: { proxy: Object.fromEntries(OF_THE_API.map((path) => [path, toApi()])) },
  plugins: [compressed()],
});

/** A copy of each asset as the browser will ask for it, so that nothing is compressed while it waits. */
function compressed(): Plugin {
  return {
    name: "compressed",
    apply: "build",
    writeBundle(options) {
      const folder = join(options.dir ?? "dist", "assets");
      for (const name of readdirSync(folder)) {
        const bytes = readFileSync(join(folder, name));
        if (bytes.length >= LEAST_COMPRESSED_BYTES && /\.(js|css|svg)$/.test(name)) {
          writeFileSync(join(folder, `${name}.gz`), gzipSync(bytes, { level: 9 }));
          const params = { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
          writeFileSync(join(folder, `${name}.br`), brotliCompressSync(bytes, { params }));
        }
      }
    },
  };
}

/** As if the page came from the API itself, which takes a browser's changes from its own origin alone. */
function toApi(): ProxyOptions {
  return { target: API, changeOrigin: true, ws: true, headers: { origin: API } };
}
