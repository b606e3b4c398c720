import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
};

/** Folders of the repository that every page can read, by the first part of the path. */
const shared = Object.fromEntries(
  ['fixtures', 'models'].map((name) => [
    name,
    fileURLToPath(new URL(`../../../../${name}/`, import.meta.url)),
  ]),
);

/** What a page needs to be cross-origin isolated, and so to have threads. */
const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

export interface PageServer {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/**
 * Serves the bundles in `folder`; `/isolated/NAME.html` and `/plain/NAME.html` are pages that load the module NAME,
 * and `/fixtures/` and `/models/` are those of the repository.
 */
export async function servePages(folder: string): Promise<PageServer> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const page = /^\/(isolated|plain)\/([\w-]+)\.html$/.exec(pathname);
    if (page !== null) sendPage(response, page[2]!, page[1] === 'isolated');
    else {
      const [, first = '', rest] = /^\/([^/]+)(\/.*)$/.exec(pathname) ?? [];
      const common = shared[first];
      if (common !== undefined) void sendFile(response, common, rest!);
      else void sendFile(response, folder, pathname);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function sendPage(response: ServerResponse, name: string, isolated: boolean): void {
  response.writeHead(200, { 'Content-Type': 'text/html', ...(isolated ? isolation : {}) });
  response.end(`<!doctype html><title>${name}</title><script type="module" src="/${name}.js"></script>`);
}

async function sendFile(response: ServerResponse, folder: string, path: string): Promise<void> {
  const file = join(folder, normalize(decodeURIComponent(path)));
  const found = await stat(file).catch(() => undefined);
  if (found === undefined || !found.isFile()) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, {
    'Content-Type': types[extname(file)] ?? 'application/octet-stream',
    'Content-Length': found.size,
    ...isolation,
  });
  createReadStream(file).pipe(response);
}
