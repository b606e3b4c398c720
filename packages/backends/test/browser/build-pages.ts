import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, defaultClientConditions } from 'vite';

/** Bundles each module of the folder `pages` as an application would, into `outDir/NAME.js`. */
export async function buildPages(pages: URL, outDir: string): Promise<void> {
  const folder = fileURLToPath(pages);
  const modules = (await readdir(folder)).filter((name) => name.endsWith('.ts'));
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
        input: Object.fromEntries(modules.map((name) => [basename(name, '.ts'), join(folder, name)])),
        output: { entryFileNames: '[name].js' },
        preserveEntrySignatures: 'strict',
      },
    },
  });
}
