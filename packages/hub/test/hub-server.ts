import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ServedFile {
  readonly bytes: Uint8Array;
  /** Large: announced with its SHA-256, and kept by another server, to which the hub redirects. */
  readonly isLarge: boolean;
  /** What the hub announces, if it is not true. */
  readonly size?: number;
}

export interface Repository {
  commit: string;
  files: Record<string, ServedFile>;
  /** Who may read it; everybody when undefined. */
  token?: string;
  isGated?: boolean;
}

/** What goes wrong with one answer that would hold bytes of a file. */
export type Mishap =
  /** The connection breaks after so many bytes, once the client has them. */
  | { readonly kind: 'cut'; readonly after: number; readonly arrived: () => Promise<boolean> }
  /** The connection remains, but nothing follows after so many bytes: until something happens, if it does. */
  | { readonly kind: 'stall'; readonly after: number; readonly until?: Promise<void> }
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Record<string, string> }
  | { readonly kind: 'ignore-range' }
  /** Other bytes, or more or fewer of them, and sizes that say so. */
  | { readonly kind: 'other-bytes'; readonly bytes: Uint8Array }
  /** Other bytes in place of the announced number of them. */
  | { readonly kind: 'no-length'; readonly bytes: Uint8Array };

export interface SeenRequest {
  readonly server: 'hub' | 'storage';
  readonly method: string;
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
}

/**
 * A server on this machine that answers like the Hugging Face hub, as far as models are concerned, with a second one
 * that keeps the large files as the hub's storage does.
 */
export class HubServer {
  readonly repositories = new Map<string, Repository>();
  readonly requests: SeenRequest[] = [];
  /** For the next answers with bytes of a file, by its path; used up one at a time. */
  readonly mishaps = new Map<string, Mishap[]>();
  /** For the next answers of the interface, whatever they are about. */
  readonly apiMishaps: Mishap[] = [];
  /** Bytes of files that were sent, by path. */
  readonly sent = new Map<string, number>();
  /** Settles when an answer stalls. */
  stalled = deferred();
  readonly #hub: Server;
  readonly #storage: Server;

  private constructor() {
    this.#hub = createServer((request, response) => this.#answerAsHub(request, response));
    this.#storage = createServer((request, response) => this.#answerAsStorage(request, response));
  }

  static async start(): Promise<HubServer> {
    const server = new HubServer();
    for (const each of [server.#hub, server.#storage]) {
      await new Promise<void>((resolve) => each.listen(0, '127.0.0.1', resolve));
    }
    return server;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#hub.address() as AddressInfo).port}`;
  }

  get storage(): string {
    return `http://127.0.0.1:${(this.#storage.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const each of [this.#hub, this.#storage]) {
      each.closeAllConnections();
      await new Promise((resolve) => each.close(resolve));
    }
  }

  /** Everything as after the start. */
  reset(): void {
    this.repositories.clear();
    this.requests.length = 0;
    this.mishaps.clear();
    this.apiMishaps.length = 0;
    this.sent.clear();
    this.stalled = deferred();
  }

  /** The requests for bytes of a file, to the hub or to the storage. */
  downloadsOf(file: string): SeenRequest[] {
    return this.requests.filter(({ server, path }) =>
      server === 'storage'
        ? path.endsWith(`/${file}`)
        : path.includes('/resolve/') && path.endsWith(`/${file}`),
    );
  }

  #note(server: 'hub' | 'storage', request: IncomingMessage): URL {
    const url = new URL(request.url!, this.endpoint);
    this.requests.push({
      server,
      method: request.method!,
      path: decodeURIComponent(url.pathname),
      range: request.headers.range,
      authorization: request.headers.authorization,
    });
    return url;
  }

  #answerAsHub(request: IncomingMessage, response: ServerResponse) {
    const path = decodeURIComponent(this.#note('hub', request).pathname);
    const [, api, apiRevision] =
      /^\/api\/models\/([^/]+\/[^/]+)\/(?:revision|paths-info)\/(.+)$/.exec(path) ?? [];
    const [, id, revision, file] = /^\/([^/]+\/[^/]+)\/resolve\/([^/]+)\/(.+)$/.exec(path) ?? [];
    const repository = this.repositories.get(api ?? id ?? '');
    const mishap = file === undefined ? this.apiMishaps.shift() : undefined;
    if (mishap?.kind === 'status') return fail(response, mishap.status, undefined, mishap.headers);
    if (mishap?.kind === 'other-bytes') {
      response.writeHead(200, { 'Content-Type': 'text/html' }).end(mishap.bytes);
      return;
    }
    const authorization = request.headers.authorization;
    if (repository === undefined) {
      return fail(response, authorization === undefined ? 401 : 404, 'RepoNotFound');
    }
    if (repository.token !== undefined && authorization !== `Bearer ${repository.token}`) {
      if (repository.isGated) return fail(response, 403, 'GatedRepo');
      return fail(response, authorization === undefined ? 401 : 403, 'RepoNotFound');
    }
    const asked = apiRevision ?? revision!;
    if (!['main', 'v1', repository.commit].includes(asked)) return fail(response, 404, 'RevisionNotFound');
    if (path.includes('/revision/')) {
      return json(response, {
        _id: '1',
        id: api,
        sha: repository.commit,
        lastModified: '2025-01-01T00:00:00Z',
      });
    }
    if (path.includes('/paths-info/')) return this.#answerPathsInfo(request, response, repository);
    return this.#answerResolve(request, response, repository, id!, file!);
  }

  #answerPathsInfo(request: IncomingMessage, response: ServerResponse, repository: Repository) {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { paths } = JSON.parse(Buffer.concat(chunks).toString()) as { paths: string[] };
      const known = paths.filter((path) => path in repository.files);
      json(
        response,
        known.map((path) => describe(path, repository.files[path]!)),
      );
    });
  }

  #answerResolve(
    request: IncomingMessage,
    response: ServerResponse,
    repository: Repository,
    id: string,
    path: string,
  ) {
    const file = repository.files[path];
    if (file === undefined) return fail(response, 404, 'EntryNotFound');
    response.setHeader('X-Repo-Commit', repository.commit);
    if (!file.isLarge) return this.#send(request, response, path, file);
    response.setHeader('X-Linked-Size', file.bytes.length);
    response.setHeader('X-Linked-Etag', `"${hashOf(file)}"`);
    response.writeHead(302, { Location: `${this.storage}/${id}/${path}?signature=1` }).end();
  }

  #answerAsStorage(request: IncomingMessage, response: ServerResponse) {
    const [, owner, name, ...path] = decodeURIComponent(this.#note('storage', request).pathname).split('/');
    const file = this.repositories.get(`${owner}/${name}`)!.files[path.join('/')]!;
    this.#send(request, response, path.join('/'), file);
  }

  #send(request: IncomingMessage, response: ServerResponse, path: string, file: ServedFile) {
    const mishap = this.mishaps.get(path)?.shift();
    if (mishap?.kind === 'status') return fail(response, mishap.status, undefined, mishap.headers);
    const whole = mishap !== undefined && 'bytes' in mishap ? mishap.bytes : file.bytes;
    const range =
      mishap?.kind === 'ignore-range' ? undefined : /^bytes=(\d+)-$/.exec(request.headers.range ?? '');
    const start = Number(range?.[1] ?? 0);
    if (start > 0 && start >= whole.length) return fail(response, 416);
    response.setHeader('ETag', `"${hashOf(file)}"`);
    response.setHeader('Accept-Ranges', 'bytes');
    if (mishap?.kind !== 'no-length') response.setHeader('Content-Length', whole.length - start);
    if (range) response.setHeader('Content-Range', `bytes ${start}-${whole.length - 1}/${whole.length}`);
    response.statusCode = range ? 206 : 200;
    const bytes = whole.subarray(start);
    const count = (sent: number) => this.sent.set(path, (this.sent.get(path) ?? 0) + sent);
    if (mishap?.kind === 'cut' || mishap?.kind === 'stall') {
      count(mishap.after);
      response.write(bytes.subarray(0, mishap.after), () => {
        if (mishap.kind === 'cut') {
          until(mishap.arrived).then(() => response.destroy());
          return;
        }
        this.stalled.resolve();
        mishap.until?.then(() => {
          count(bytes.length - mishap.after);
          response.end(bytes.subarray(mishap.after));
        });
        return;
      });
      return;
    }
    count(bytes.length);
    // Node knows the length as long as nothing has been sent.
    if (mishap?.kind === 'no-length') response.flushHeaders();
    response.end(bytes);
  }
}

export function small(content: string | Uint8Array): ServedFile {
  return { bytes: typeof content === 'string' ? new TextEncoder().encode(content) : content, isLarge: false };
}

export function large(bytes: Uint8Array): ServedFile {
  return { bytes, isLarge: true };
}

/** The hash that the hub announces for a file: as git has it, or the SHA-256 of a large one. */
export function hashOf({ bytes, isLarge }: ServedFile): string {
  if (isLarge) return createHash('sha256').update(bytes).digest('hex');
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}

function describe(path: string, file: ServedFile) {
  const hash = hashOf(file);
  const size = file.size ?? file.bytes.length;
  if (!file.isLarge) return { type: 'file', path, size, oid: hash };
  // For large files the repository itself holds a pointer, and that is what this hash is of.
  const oid = createHash('sha1').update(path).digest('hex');
  return { type: 'file', path, size, oid, lfs: { oid: hash, size, pointerSize: 134 } };
}

function json(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));
}

function fail(
  response: ServerResponse,
  status: number,
  code?: string,
  headers: Record<string, string> = {},
): void {
  response
    .writeHead(status, { ...(code === undefined ? {} : { 'X-Error-Code': code }), ...headers })
    .end('no such thing');
}

export function deferred() {
  let resolve!: () => void;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}
