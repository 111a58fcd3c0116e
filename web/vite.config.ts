import { defineConfig } from 'vite';
import { compression } from 'vite-plugin-compression2';

/** Pages are built to be served below any path, so every address in them is relative. */
export default defineConfig({
  base: './',
  logLevel: 'error',
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    chunkSizeWarningLimit: 4_000,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: { api: 'api.html', start: 'start.html' } },
  },
  worker: { format: 'es' },
  plugins: [compression({ algorithms: ['gzip', 'brotliCompress'], exclude: [/\.map$/], threshold: 1024 })],
});
