import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';

const folder = dirname(fileURLToPath(import.meta.url));

/**
 * Puts the page's script and style into index.html: a link to a unit then costs one request before the atlas is asked
 * (docs/decisions/0061-one-file-is-the-page.md). What only the live page needs is a worker, a file of its own.
 */
const inline: Plugin = {
  name: 'inline-page',
  enforce: 'post',
  generateBundle(_, bundle) {
    const page = bundle['index.html'];
    if (page?.type !== 'asset' || typeof page.source !== 'string') throw new Error('the build made no index.html');
    page.source = page.source
      .replace(/<script type="module"[^>]* src="\.\/([^"]+)"><\/script>/, (_tag, file: string) => {
        const chunk = bundle[file];
        if (chunk?.type !== 'chunk') throw new Error(`no script ${file}`);
        Reflect.deleteProperty(bundle, file);
        return `<script type="module">${chunk.code.replaceAll('</script', '<\\/script')}</script>`;
      })
      .replace(/<link rel="stylesheet"[^>]* href="\.\/([^"]+)">/, (_tag, file: string) => {
        const style = bundle[file];
        if (style?.type !== 'asset') throw new Error(`no style ${file}`);
        Reflect.deleteProperty(bundle, file);
        return `<style>${String(style.source)}</style>`;
      });
  },
};

export default defineConfig({
  root: folder,
  base: './',
  resolve: { conditions: ['@neuron-atlas/source', 'browser', 'import'] },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: join(folder, 'dist/page'), emptyOutDir: true, target: 'es2023', assetsDir: 'assets', modulePreload: false, reportCompressedSize: false,
    // In the folder of index.html, where its code ends up: links to the worker are then right.
    rolldownOptions: { output: { codeSplitting: false, entryFileNames: 'page.js' } },
  },
  worker: { format: 'es' },
  plugins: [inline],
});
