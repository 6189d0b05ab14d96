import { defineConfig } from 'vite';

const healer = process.env['PRUNELLA_HEALER'] ?? 'http://127.0.0.1:7766';

export default defineConfig({
  root: import.meta.dirname,
  resolve: { conditions: ['prunella-source'] },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    // The healer serves it from here, whether it runs from source or from the published package.
    outDir: process.env['PRUNELLA_PAGE_FOLDER'] ?? '../healer/page',
    emptyOutDir: true,
    target: ['chrome123', 'edge123', 'firefox125', 'safari17.5'],
    cssTarget: ['chrome123', 'edge123', 'firefox125', 'safari17.5'],
    // Under the strict policy nothing may be inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  worker: { format: 'es' },
  // `npx vite` here: the page as it is written, over a healer that runs.
  server: { host: '127.0.0.1', proxy: { '/v1': healer } },
});
