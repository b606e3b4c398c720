import type { Backend } from '@softvq/core';

/** A backend that notes how many rows of the network each run computes: the size of its labels. */
export function countingRows(inner: Backend, rows: number[]): Backend {
  return {
    ...delegate(inner),
    compile: async (graph, options) => {
      const executable = await inner.compile(graph, options);
      const at = graph.inputs.findIndex(({ attributes }) => attributes.name === 'condition.given.labels');
      return {
        run: (inputs) => {
          rows.push(inputs[at]!.shape[0]!);
          return executable.run(inputs);
        },
        dispose: () => executable.dispose(),
      };
    },
  };
}

/** A backend that counts what is compiled, and what of it is not disposed yet. */
export function countingCompilations(inner: Backend) {
  let made = 0;
  let live = 0;
  const counting: Backend = {
    ...delegate(inner),
    compile: async (graph, options) => {
      made += 1;
      live += 1;
      const executable = await inner.compile(graph, options);
      return {
        run: (inputs) => executable.run(inputs),
        dispose: async () => {
          live -= 1;
          await executable.dispose();
        },
      };
    },
  };
  return { backend: counting, made: () => made, live: () => live };
}

function delegate(inner: Backend): Omit<Backend, 'compile'> {
  return {
    specVersion: 1,
    name: inner.name,
    capabilities: inner.capabilities,
    upload: (tensor) => inner.upload(tensor),
    download: (buffer) => inner.download(buffer),
    dispose: () => inner.dispose(),
  };
}
