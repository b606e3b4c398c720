import { ArgumentError } from '@softvq/core';
import type { DownloadProgress } from './progress.js';

export interface HubOptions {
  /** A branch, a tag or a commit; `main` by default. May stand in the hub id instead: `owner/name@revision`. */
  readonly revision?: string;
  /** By default `HF_HUB_CACHE`, or `hub` in `HF_HOME`, or `~/.cache/huggingface/hub`. */
  readonly cacheFolder?: string;
  /** The address of the hub; by default `HF_ENDPOINT`, or https://huggingface.co. */
  readonly endpoint?: string;
  /** For private and gated repositories; by default `HF_TOKEN`. Only the endpoint ever sees it. Empty for none. */
  readonly token?: string;
  /** Use the cache and nothing else; by default whether `HF_HUB_OFFLINE` is 1, true, yes or on. */
  readonly offline?: boolean;
  /** Stops a download at once. What has arrived is kept, and the next call resumes there. */
  readonly signal?: AbortSignal;
  /** Called a few times a second while a file is downloaded, and once when it is there. */
  readonly onProgress?: (progress: DownloadProgress) => void;
}

export interface HubSettings {
  /** Without a slash at the end. */
  readonly endpoint: string;
  readonly token: string | undefined;
  readonly offline: boolean;
  readonly cacheFolder: string;
}

/** The options, completed by the environment. */
export function completeOptions(options: HubOptions, defaultCacheFolder: () => string): HubSettings {
  const environment = process.env;
  return {
    endpoint: checkEndpoint(options.endpoint ?? (environment['HF_ENDPOINT'] || 'https://huggingface.co')),
    token: checkToken((options.token ?? environment['HF_TOKEN'])?.trim() || undefined),
    offline: options.offline ?? /^(1|true|yes|on)$/i.test(environment['HF_HUB_OFFLINE'] ?? ''),
    cacheFolder: options.cacheFolder ?? defaultCacheFolder(),
  };
}

/** What it is appears in no message. */
function checkToken(token: string | undefined): string | undefined {
  if (token === undefined || /^[\x21-\x7e]+$/.test(token)) return token;
  throw new ArgumentError('the token has characters that no token has, such as spaces: see HF_TOKEN');
}

function checkEndpoint(endpoint: string): string {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url?.username || url?.password) {
    throw new ArgumentError('the endpoint of the hub must have no user and no password: see HF_ENDPOINT');
  }
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new ArgumentError(
      `the endpoint of the hub must be an http or https address, not ${JSON.stringify(endpoint)}: see HF_ENDPOINT`,
    );
  }
  return endpoint.replace(/\/+$/, '');
}
