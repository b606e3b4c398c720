import { ShapeError } from '../errors.js';
import { applyOperation } from '../tensor/apply.js';
import { formatShape } from '../tensor/dimension.js';
import type { Tensor } from '../tensor/tensor.js';

export interface AttentionOptions {
  /** Added to the logits; broadcasts to (…, rows, columns). -Infinity forbids a pair. */
  readonly mask?: Tensor | undefined;
  /** The default is 1 / √width. */
  readonly scale?: number | undefined;
}

/**
 * softmax(query · keyᵀ · scale + mask) · value, for query (…, rows, width), key (…, columns, width) and value
 * (…, columns, out); usually (batch, heads, tokens, width).
 */
export function scaledDotProductAttention(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  { mask, scale }: AttentionOptions = {},
): Tensor {
  const width = query.shape.at(-1);
  if (typeof width !== 'number') {
    throw new ShapeError(
      `scaledDotProductAttention: the width of query ${formatShape(query.shape)} must be static`,
    );
  }
  const inputs = mask === undefined ? [query, key, value] : [query, key, value, mask];
  return applyOperation('scaledDotProductAttention', inputs, { scale: scale ?? width ** -0.5 });
}
