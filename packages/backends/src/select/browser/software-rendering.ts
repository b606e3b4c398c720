/** What older browsers say of an adapter itself, and newer ones of its info. */
interface MaybeFallback {
  readonly isFallbackAdapter?: boolean;
}

/** An objection where WebGPU is there and computes on the CPU. Where it is not, the backend says so itself. */
export async function softwareRendering(
  powerPreference: GPUPowerPreference | undefined,
): Promise<string | undefined> {
  const gpu = navigator.gpu as GPU | undefined;
  const adapter = await gpu?.requestAdapter(powerPreference === undefined ? {} : { powerPreference });
  if (adapter === null || adapter === undefined) return undefined;
  const info = adapter.info as MaybeFallback | undefined;
  const isFallback = info?.isFallbackAdapter ?? (adapter as MaybeFallback).isFallbackAdapter ?? false;
  return isFallback ? 'the browser renders it in software, which is slower than WebAssembly' : undefined;
}
