import { type CompiledFunction, type CompileFunctionOptions, compile } from './compile.js';

/**
 * Compiles a function for as long as `use` runs, and then frees everything compiled.
 *
 *     const latents = await withCompiled(encode, { backend }, (run) => run({ images }));
 */
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
