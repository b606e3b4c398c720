import { type BackendDescription, describeFrom } from '../describe.js';
import type { BackendOptions } from '../names.js';
import { type BackendPreferences, type BackendSelection, selectFrom } from '../select.js';
import { browser } from './platform.js';

/**
 * The first backend that can be had, of those wanted or of those that there are on this platform. Engines are loaded when
 * it is their turn.
 *
 *     const { backend, attempts } = await selectBackend();
 *
 * @throws ArgumentError for a name that no backend has, BackendError with all reasons when none can be had.
 */
export function selectBackend(preferences: BackendPreferences = {}): Promise<BackendSelection> {
  return selectFrom(browser, preferences);
}

/** What there is here and what not, and why: makes every backend once, which loads all engines. */
export function describeBackends(options: Partial<BackendOptions> = {}): Promise<BackendDescription[]> {
  return describeFrom(browser, options);
}
