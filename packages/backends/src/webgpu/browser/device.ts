import { BackendError } from '@softvq/core';

/** Limits that are raised to what the adapter has: how large a model may be depends on them. */
const raisedLimits = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupSizeZ',
  'maxComputeWorkgroupsPerDimension',
] as const;

/** Features that ONNX Runtime makes use of where they are there. */
const usefulFeatures = ['shader-f16', 'subgroups'] as const;

/**
 * A device with everything that the adapter allows.
 *
 * @throws BackendError that says what is missing.
 */
export async function requestDevice(powerPreference: GPUPowerPreference | undefined): Promise<GPUDevice> {
  // Typed as always there, which it is not.
  const gpu = navigator.gpu as GPU | undefined;
  if (gpu === undefined) {
    const why = globalThis.isSecureContext ? 'this browser has none' : 'the page was not loaded over https';
    throw new BackendError(`the webgpu backend needs WebGPU, and ${why}; the wasm backend runs everywhere`);
  }
  const adapter = await gpu.requestAdapter(powerPreference === undefined ? {} : { powerPreference });
  if (adapter === null) {
    throw new BackendError(
      'the webgpu backend needs a GPU, and the browser offers none: it has no driver it trusts, or WebGPU is switched ' +
        'off (chrome://gpu says why); the wasm backend runs everywhere',
    );
  }
  const features = usefulFeatures.filter((feature) => adapter.features.has(feature));
  try {
    return await adapter.requestDevice({
      // Which features have names is not the same in all versions of the platform's types.
      requiredFeatures: features as readonly string[] as GPUFeatureName[],
      requiredLimits: Object.fromEntries(raisedLimits.map((limit) => [limit, adapter.limits[limit]])),
    });
  } catch (cause) {
    throw new BackendError(`the GPU refused to give a device: ${(cause as Error).message}`, { cause });
  }
}
