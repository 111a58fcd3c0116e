import { isBuiltin } from 'node:module';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';
import { compression } from 'vite-plugin-compression2';

/** What the verification imports that no browser has, by what takes its place in the worker. */
const IN_THE_BROWSER: Readonly<Record<string, string>> = { 'node:crypto': 'crypto', '../timestamps/token': 'timeStamps', './asn1Library': 'asn1Library' };

/** Builds the verification of the service (src/proofs/verify) for the browser. */
const verifier = (): Plugin => ({
  name: 'verifier',
  enforce: 'pre',
  resolveId: (source) => {
    const instead = IN_THE_BROWSER[source];
    if (instead === undefined && isBuiltin(source)) throw new Error(`The verification in the browser imports ${source}, which no browser has. Keep it out of what src/proofs/verify/bundle.ts imports, or say here what takes its place.`);
    return instead === undefined ? null : fileURLToPath(new URL(`src/verifier/node/${instead}.ts`, import.meta.url));
  },
});

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
    rolldownOptions: {
      input: { api: 'api.html', console: 'console.html', consoleOff: 'consoleOff.html' },
      // What several pages of the console use is one file: twenty files of a few hundred bytes each take longer to request than to read.
      output: { codeSplitting: { groups: [{ name: 'shared', minShareCount: 4 }] } },
    },
  },
  worker: { format: 'es', plugins: () => [verifier()] },
  plugins: [compression({ algorithms: ['gzip', 'brotliCompress'], exclude: [/\.map$/], threshold: 1024 })],
});
