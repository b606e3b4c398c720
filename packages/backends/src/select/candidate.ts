import type { Backend } from '@softvq/core';
import type { BackendName, BackendOptions } from './names.js';

/** A backend that may be had here. Nothing of its engine is loaded before `open`. */
export interface Candidate<Name extends BackendName = BackendName> {
  readonly name: Name;
  /** @throws Error that says why it cannot be had. */
  readonly open: (options: BackendOptions[Name]) => Promise<Backend>;
  /** Why it is not worth having, though it may work; undefined if it is. Asked only where nobody named it. */
  readonly objection?: (options: BackendOptions[Name]) => Promise<string | undefined>;
}

/** What there is on a platform. */
export interface Platform {
  /** In the order in which they are tried unless told. */
  readonly candidates: readonly Candidate[];
  /** Why the others cannot be had. */
  readonly elsewhere: string;
}
