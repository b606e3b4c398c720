import type { HostTensor } from '@softvq/core';
import type { LatentStatistics } from '@softvq/tokenizer';

/** (latents − mean) / std, changed in place. */
export function normalized(
  latents: HostTensor<'float32'>,
  { mean, std }: LatentStatistics,
): HostTensor<'float32'> {
  const { data } = latents;
  for (let i = 0; i < data.length; i++) data[i] = (data[i]! - mean) / std;
  return latents;
}
