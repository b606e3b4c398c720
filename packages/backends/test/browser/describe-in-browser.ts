import { idOf } from '../../src/conformance/check.js';
import { describeChecks } from '../../src/conformance/describe-checks.js';
import type { ConformanceOptions } from '../../src/conformance/options.js';
import { type OpenPageOptions, openBrowser } from './harness.js';
import type { KitFunctions } from './kit-functions.js';

/** Which page to run the kit in, and what to make its backend with. */
export interface KitPage<Options> {
  readonly page: string;
  readonly options: Options;
  readonly open?: OpenPageOptions;
}

/** As `describeBackend`, with the kit and the backend in a page that exposes `kitFunctions`. */
export function describeInBrowser<Options>(
  name: string,
  { page, options, open = {} }: KitPage<Options>,
  { tolerance = {}, ...conformance }: ConformanceOptions = {},
): void {
  const openKit = async () => {
    const browser = await openBrowser();
    const kit = await browser.open<KitFunctions<Options>>(page, open);
    return {
      checks: await kit.call('openKit', options, tolerance),
      run: (check: Parameters<typeof idOf>[0]) => kit.call('runCheck', idOf(check)),
      close: async () => {
        await kit.call('closeKit');
        await browser.close();
      },
    };
  };
  describeChecks(name, openKit, conformance);
}
