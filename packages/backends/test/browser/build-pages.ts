import { readdir } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, defaultClientConditions } from 'vite';

const folder = fileURLToPath(new URL('.', import.meta.url));

/** Bundles each module of `pages/` as an application would, into `outDir/NAME.js`. */
export async function buildPages(outDir: string): Promise<void> {
  const pages = (await readdir(`${folder}pages`)).filter((name) => name.endsWith('.ts'));
  await build({
    root: folder,
    configFile: false,
    logLevel: 'error',
    // Modules are named by their place in the server, whatever page they are on.
    base: '/',
    resolve: { conditions: ['softvq-source', ...defaultClientConditions] },
    build: {
      outDir,
      emptyOutDir: true,
      target: 'esnext',
      minify: false,
      modulePreload: false,
      reportCompressedSize: false,
      chunkSizeWarningLimit: Number.POSITIVE_INFINITY,
      rollupOptions: {
        input: Object.fromEntries(pages.map((name) => [basename(name, '.ts'), `${folder}pages/${name}`])),
        output: { entryFileNames: '[name].js' },
        preserveEntrySignatures: 'strict',
      },
    },
  });
}
