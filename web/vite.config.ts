import { defineConfig } from 'vite';
import { compression } from 'vite-plugin-compression2';

/** Pages are built to be served below any path, so every address in them is relative. */
export default defineConfig({
  base: './',
  logLevel: 'error',
  build: {
    // The pages take their place at once when they are whole and compressed (place.mjs), since a service or a test may be reading there.
    outDir: '../dist/web.new',
    emptyOutDir: true,
    chunkSizeWarningLimit: 4_000,
    modulePreload: { polyfill: false },
    // Older browsers have no `light-dark()`, which the design tokens are made of.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    // The policy of the pages admits no `data:` beside images, and a shared file is cached once.
    assetsInlineLimit: (file) => (file.endsWith('.svg') ? false : undefined),
    rolldownOptions: { input: { api: 'api.html', console: 'console.html', consoleOff: 'consoleOff.html' } },
  },
  worker: { format: 'es' },
  plugins: [compression({ algorithms: ['gzip', 'brotliCompress'], exclude: [/\.map$/], threshold: 1024 })],
});
