import { join } from 'node:path';
import { defineConfig } from 'vite';

const root = import.meta.dirname;
const projectRoot = join(root, '..', '..');

/** Builds the page, and copies `public/` beside it: a Worker has one directory of static files. */
export default defineConfig({
  root,
  publicDir: join(projectRoot, 'public'),
  logLevel: 'warn',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: join(projectRoot, 'dist', 'dashboard'),
    emptyOutDir: true,
    target: 'es2023',
    // The page's policy allows no inline script, style or data but pictures.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
