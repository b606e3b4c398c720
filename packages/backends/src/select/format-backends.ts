import type { BackendDescription } from './describe.js';

/**
 * A table for people, a line a backend: its name, whether it is there, and what it can or why not.
 *
 *     cuda    no   the cuda backend needs ONNX Runtime's CUDA provider, …
 *     cpu     yes  float32, float16, …; precision int8
 */
export function formatBackends(descriptions: readonly BackendDescription[]): string {
  const width = Math.max(...descriptions.map(({ name }) => name.length));
  return descriptions
    .map((each) => `${each.name.padEnd(width)}  ${each.available ? 'yes' : 'no '}  ${detailOf(each)}`)
    .join('\n');
}

function detailOf(description: BackendDescription): string {
  if (!description.available) return description.reason;
  const { dtypes, precisions = [] } = description.capabilities;
  const parts = [dtypes.join(', ')];
  if (precisions.length > 0) parts.push(`precision ${precisions.join(', ')}`);
  if (description.objection !== undefined) parts.push(`only if named: ${description.objection}`);
  return parts.join('; ');
}
