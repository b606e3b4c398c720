import { isBuiltin } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build, type Plugin, type Rollup } from 'vite';

const folder = fileURLToPath(new URL('../fixtures/', import.meta.url));

export interface FixtureOptions {
  /** Packages that stay outside of the bundle. */
  readonly external?: readonly RegExp[];
  /** Where the bundle is written; nowhere unless told. */
  readonly outDir?: string;
  /** Told of every module that imports one of Node's. */
  readonly onNodeImport?: (importer: string) => void;
}

/** Bundles fixtures for browsers as an application would that has the packages installed: from their `dist`. */
export async function buildFixtures(
  names: readonly string[],
  { external = [], outDir, onNodeImport = () => undefined }: FixtureOptions = {},
): Promise<Rollup.RollupOutput> {
  const output = await build({
    root: folder,
    configFile: false,
    logLevel: 'error',
    plugins: [watchNodeImports(onNodeImport)],
    build: {
      write: outDir !== undefined,
      ...(outDir !== undefined && { outDir, emptyOutDir: true }),
      target: 'esnext',
      // What is not written is not measured.
      minify: outDir !== undefined,
      modulePreload: false,
      reportCompressedSize: false,
      chunkSizeWarningLimit: Number.POSITIVE_INFINITY,
      rollupOptions: {
        input: Object.fromEntries(names.map((name) => [name, `${folder}${name}.ts`])),
        output: { entryFileNames: '[name].js' },
        preserveEntrySignatures: 'strict',
        external: [...external],
      },
    },
  });
  return (Array.isArray(output) ? output[0] : output) as Rollup.RollupOutput;
}

export function chunksOf({ output }: Rollup.RollupOutput): Rollup.OutputChunk[] {
  return output.filter((each) => each.type === 'chunk');
}

/** Before Vite puts an empty module in the place of Node's. */
function watchNodeImports(onNodeImport: (importer: string) => void): Plugin {
  return {
    name: 'watch-node-imports',
    enforce: 'pre',
    resolveId(source, importer) {
      if (isBuiltin(source)) onNodeImport(importer ?? '');
      return undefined;
    },
  };
}
