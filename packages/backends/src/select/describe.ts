import type { BackendCapabilities } from '@softvq/core';
import type { Platform } from './candidate.js';
import type { BackendName, BackendOptions } from './names.js';
import { backendNames, reasonOf } from './select.js';

/** What is known of a backend on this machine. */
export type BackendDescription =
  | {
      readonly name: BackendName;
      readonly available: true;
      readonly capabilities: BackendCapabilities;
      /** Why `selectBackend` passes over it unless it is named. */
      readonly objection?: string;
    }
  | { readonly name: BackendName; readonly available: false; readonly reason: string };

/** Makes every backend once, and disposes it. */
export async function describeFrom(
  { candidates, elsewhere }: Platform,
  options: Partial<BackendOptions>,
): Promise<BackendDescription[]> {
  const descriptions: BackendDescription[] = [];
  for (const name of backendNames) {
    const candidate = candidates.find((each) => each.name === name);
    if (candidate === undefined) {
      descriptions.push({ name, available: false, reason: elsewhere });
      continue;
    }
    const given = options[name] ?? {};
    try {
      const backend = await candidate.open(given);
      const { capabilities } = backend;
      await backend.dispose();
      const objection = await candidate.objection?.(given);
      descriptions.push({
        name,
        available: true,
        capabilities,
        ...(objection !== undefined && { objection }),
      });
    } catch (error) {
      descriptions.push({ name, available: false, reason: reasonOf(error) });
    }
  }
  return descriptions;
}
