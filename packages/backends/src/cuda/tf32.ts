import { ArgumentError } from '@softvq/core';

/** NVIDIA's libraries read it when they are loaded; 0 keeps all of them from TF32. onnxruntime-node has no option. */
const variable = 'NVIDIA_TF32_OVERRIDE';

let settled: boolean | undefined;

/**
 * Allows or forbids TF32 in this process.
 *
 * @throws ArgumentError for another answer than that of an earlier backend, or of the environment.
 */
export function settleTf32(wanted: boolean | undefined, environment: NodeJS.ProcessEnv = process.env): void {
  const present = settled ?? (environment[variable] === '0' ? false : undefined);
  if (present !== undefined && wanted !== undefined && wanted !== present) {
    const why = settled === undefined ? `${variable}=0 in the environment` : 'an earlier backend';
    throw new ArgumentError(
      `cuda: TF32 is settled once for the whole process; ${why} made tf32 ${present}, not ${wanted}`,
    );
  }
  settled = present ?? wanted ?? true;
  if (!settled) environment[variable] = '0';
}
