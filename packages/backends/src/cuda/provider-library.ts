import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { BackendError } from '@softvq/core';

const library = 'libonnxruntime_providers_cuda.so';

/** Where onnxruntime-node is installed. */
function packageFolder(): string {
  return dirname(dirname(createRequire(import.meta.url).resolve('onnxruntime-node')));
}

/**
 * The npm package is without the CUDA provider, which its install script downloads.
 *
 * @throws BackendError with the command that installs it.
 */
export function assertProviderInstalled(
  folder: string = packageFolder(),
  platform: string = `${process.platform}/${process.arch}`,
): void {
  if (platform !== 'linux/x64') {
    throw new BackendError(
      `the cuda backend runs on linux/x64 only, and this is ${platform}; the webgpu backend uses GPUs of every kind`,
    );
  }
  if (existsSync(join(folder, 'bin', 'napi-v6', platform, library))) return;
  const script = join(folder, 'script', 'install.js');
  throw new BackendError(
    `the cuda backend needs ONNX Runtime's CUDA provider, ${library}, which is a download of its own: ` +
      `ONNXRUNTIME_NODE_INSTALL=cuda12 node ${script}`,
  );
}
