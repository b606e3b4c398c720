import { HubError } from './hub-error.js';
import type { HubId } from './hub-id.js';
import type { HubSettings } from './hub-options.js';

const mostRedirects = 10;

export interface HubRequests {
  readonly id: HubId;
  readonly settings: HubSettings;
  readonly signal: AbortSignal | undefined;
}

/** Whose answer this is: the hub's own, or that of a server it sent us to. */
type Answer = { readonly response: Response; readonly url: URL };

/**
 * A `fetch` that sends the token to the endpoint and to no other host, however the hub redirects, and throws a
 * HubError for every failure.
 *
 * @param file names the file that is asked for, in messages.
 */
export function createHubFetch(requests: HubRequests, file?: string): typeof fetch {
  const { settings, signal } = requests;
  const home = new URL(settings.endpoint).origin;

  async function follow(input: string | URL | Request, init: RequestInit = {}): Promise<Answer> {
    let url = new URL(input instanceof Request ? input.url : input);
    for (let redirects = 0; redirects <= mostRedirects; redirects++) {
      const headers = new Headers(init.headers);
      headers.delete('Authorization');
      if (settings.token !== undefined && url.origin === home) {
        headers.set('Authorization', `Bearer ${settings.token}`);
      }
      const response = await fetch(url, { ...init, headers, redirect: 'manual', signal: signal ?? null });
      const location = response.headers.get('Location');
      if (![301, 302, 303, 307, 308].includes(response.status) || location === null) return { response, url };
      await response.body?.cancel();
      url = new URL(location, url);
    }
    throw new HubError('server', `${input} is redirected without an end; check HF_ENDPOINT`, {
      repository: requests.id.repository,
      file,
    });
  }

  return async (input, init) => {
    let answer: Answer;
    try {
      answer = await follow(input, init);
    } catch (error) {
      throw networkError(error, requests, file);
    }
    if (answer.response.ok) return answer.response;
    const said = await messageOf(answer.response);
    throw answer.url.origin === home
      ? refusal(answer.response, said, requests, file)
      : storageFailure(answer, requests, file);
  };
}

/** What a failure to get an answer, or the rest of one, comes to. An abort and a HubError remain what they are. */
export function networkError(error: unknown, { id, settings, signal }: HubRequests, file?: string): unknown {
  if (error instanceof HubError) return error;
  if (signal?.aborted) return signal.reason;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const why = cause instanceof Error ? cause.message || String((cause as NodeJS.ErrnoException).code) : cause;
  return new HubError(
    'network',
    `${file === undefined ? id.repository : `${file} of ${id.repository}`} could not be had from ` +
      `${settings.endpoint}: ${why}. Check the connection, the proxy and HF_ENDPOINT, and try again: a download ` +
      'resumes where it stopped',
    { repository: id.repository, file, retryAfter: 0, cause: error },
  );
}

function refusal(response: Response, said: string, requests: HubRequests, file?: string): HubError {
  const { id, settings } = requests;
  const { status } = response;
  const details = { repository: id.repository, file, status };
  const hub = `${settings.endpoint} answered ${status}${said}`;
  const code = response.headers.get('X-Error-Code');
  if (status === 401 || status === 403) {
    const page = `${settings.endpoint}/${id.repository}`;
    const advice =
      code === 'GatedRepo'
        ? `accept its conditions at ${page} with the account of your token`
        : 'check the name, and that the token belongs to an account which may read it';
    return new HubError(
      'unauthorized',
      settings.token === undefined
        ? `${id.repository} is no folder here, and does not exist on the hub, or is private or gated and no token was ` +
            `given: check the name, or set HF_TOKEN or the option token (${hub})`
        : `${id.repository} refuses this token: ${advice} (${hub})`,
      details,
    );
  }
  if (status === 404 && (code === 'EntryNotFound' || (code === null && file !== undefined))) {
    return new HubError('missing-file', missingFile(id, file ?? 'the file'), details);
  }
  if (status === 404 && code === 'RevisionNotFound') {
    return new HubError(
      'unknown-revision',
      `${id.repository} has no revision ${JSON.stringify(id.revision)}: name a branch, a tag or a commit (${hub})`,
      details,
    );
  }
  if (status === 404) {
    const advice = settings.token === undefined ? ', or set HF_TOKEN if it is private' : '';
    return new HubError(
      'unknown-repository',
      `there is no repository ${id.repository}, and no folder of that name here: check it${advice} (${hub})`,
      details,
    );
  }
  const retryAfter = status === 429 || status >= 500 ? retryDelay(response) : undefined;
  return new HubError(
    'server',
    status === 429
      ? `${hub}: too many requests. Try again later, or set HF_TOKEN for a higher limit`
      : `${hub} for ${file ?? id.repository}. Try again later`,
    { ...details, retryAfter },
  );
}

/** Each new try has the hub sign a new address. */
function storageFailure({ response, url }: Answer, { id }: HubRequests, file?: string): HubError {
  return new HubError(
    'server',
    `${url.origin}, to which the hub refers for ${file ?? id.repository}, answered ${response.status}. Try again later`,
    { repository: id.repository, file, status: response.status, retryAfter: retryDelay(response) },
  );
}

export function missingFile({ repository, revision }: HubId, file: string): string {
  return (
    `${repository} has no ${file} at ${revision}: check that it is a model of this library, or name another ` +
    'repository, revision or file'
  );
}

/** In seconds. The header may also hold a date, which no hub sends. */
function retryDelay(response: Response): number {
  const seconds = Number(response.headers.get('Retry-After') ?? 0);
  return Number.isFinite(seconds) && seconds > 0 ? seconds : 0;
}

async function messageOf(response: Response): Promise<string> {
  const header = response.headers.get('X-Error-Message');
  await response.body?.cancel();
  return header === null ? '' : `, ${JSON.stringify(header.slice(0, 200))}`;
}
