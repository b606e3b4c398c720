import type { Check } from '../check.js';
import { concurrency } from './concurrency.js';
import { donation } from './donation.js';
import { evaluation } from './evaluation.js';
import { memoryChecks } from './memory.js';
import { outputsAndConstants } from './outputs-and-constants.js';
import { precisionChecks } from './precision.js';
import { symbolicSizes } from './symbolic-sizes.js';
import { transfer } from './transfer.js';

/** What the contract asks of a backend besides its operations. */
export const behaviour: readonly Check[] = [
  ...transfer,
  ...symbolicSizes,
  ...outputsAndConstants,
  ...precisionChecks,
  ...donation,
  ...memoryChecks,
  ...concurrency,
  ...evaluation,
];
