import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

// The gateway serves text compressed to whoever takes it; doing that here costs a start of the gateway nothing.
const brotli: Plugin = {
  name: 'brotli',
  apply: 'build',
  writeBundle({ dir }, bundle) {
    for (const name of Object.keys(bundle).filter(each => /\.(js|css|svg)$/.test(each))) {
      const file = join(dir!, name);
      writeFileSync(`${file}.br`, brotliCompressSync(readFileSync(file)));
    }
  },
};

const hub = process.env.Q2C_HUB ?? 'http://localhost:5080';

export default defineConfig({
  plugins: [react(), brotli],
  // The gateway puts a new one into each page; components that write a style element ask for it.
  html: { cspNonce: '{nonce}' },
  build: {
    outDir: process.env.Q2C_CONSOLE_OUT ?? 'dist',
    emptyOutDir: true,
    // Nothing inline: the content-security policy allows our own files and nothing else.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 700,
  },
  server: {
    proxy: {
      '/graphql': { target: hub, ws: true },
      '/dev/token': hub,
      '/console/settings.json': hub,
      '/health': hub,
    },
  },
});
