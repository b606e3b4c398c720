import type { Backend } from '@softvq/core';
import { type Check, type CheckName, idOf } from '../../src/conformance/check.js';
import type { Tolerance } from '../../src/conformance/options.js';
import { type OpenWorkbench, openWorkbench, runCheck } from '../../src/conformance/run-checks.js';

/** The functions with which a page runs the conformance kit, to be given to `expose`. */
export function kitFunctions<Options>(createBackend: (options: Options) => Promise<Backend>) {
  let workbench: OpenWorkbench | undefined;
  let checks = new Map<string, Check>();
  return {
    /** Makes the backend and tells what it will be checked for. */
    openKit: async (options: Options, tolerance: Partial<Tolerance>): Promise<CheckName[]> => {
      workbench = await openWorkbench(() => createBackend(options), tolerance);
      checks = new Map(workbench.checks.map((check) => [idOf(check), check]));
      return workbench.checks.map(({ run: _, ...name }) => name);
    },
    runCheck: async (id: string): Promise<void> => runCheck(checks.get(id)!, workbench!),
    closeKit: async (): Promise<void> => workbench?.close(),
  };
}

export type KitFunctions<Options> = ReturnType<typeof kitFunctions<Options>>;
