import { type CompiledFunction, type CompileFunctionOptions, compile } from '@softvq/core';

/** Compiles a function for as long as `use` runs. */
export async function withCompiled<Input, Output, Result>(
  fn: (input: Input) => Output,
  options: CompileFunctionOptions,
  use: (compiled: CompiledFunction<Input, Output>) => Promise<Result>,
): Promise<Result> {
  const compiled = compile(fn, options);
  try {
    return await use(compiled);
  } finally {
    await compiled.dispose();
  }
}
