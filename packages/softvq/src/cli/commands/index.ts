import { commandGroup, lazyCommand, type Registration } from '../command.js';

/** In the order of help. */
export const commands: readonly Registration[] = [
  lazyCommand(
    'generate <model>',
    'Draw images of classes',
    async () => (await import('./generate.js')).generate,
  ),
  lazyCommand(
    'reconstruct <model> <pictures..>',
    'Send pictures through a tokenizer and back',
    async () => (await import('./reconstruct.js')).reconstruct,
  ),
  lazyCommand(
    'encode <model> <pictures..>',
    'Turn pictures into latents',
    async () => (await import('./encode.js')).encode,
  ),
  lazyCommand(
    'decode <model> <latents>',
    'Turn latents back into pictures',
    async () => (await import('./decode.js')).decode,
  ),
  commandGroup('data', 'Make and look at data sets', [
    lazyCommand(
      'emoji <folder>',
      'Make a labelled data set of openly licensed emoji',
      async () => (await import('./data-emoji.js')).dataEmoji,
    ),
    lazyCommand(
      'info <dataset>',
      'Count pictures and classes, and find what cannot be read',
      async () => (await import('./data-info.js')).dataInfo,
    ),
  ]),
  commandGroup('train', 'Train tokenizers and generators', [
    lazyCommand(
      'tokenizer',
      'Train a tokenizer on a data set',
      async () => (await import('./train-tokenizer.js')).trainTokenizerCommand,
    ),
    lazyCommand(
      'generator',
      'Train a generator on the latents of a tokenizer',
      async () => (await import('./train-generator.js')).trainGeneratorCommand,
    ),
  ]),
  lazyCommand(
    'cache <tokenizer> <dataset> <folder>',
    'Encode a data set once, so that generators train without the tokenizer',
    async () => (await import('./cache.js')).cache,
  ),
  lazyCommand(
    'join <tokenizer> <generator> <folder>',
    'Make a pipeline of a tokenizer and the generator that was trained on its latents',
    async () => (await import('./join.js')).join,
  ),
  lazyCommand(
    'convert <source> <folder>',
    'Turn PyTorch checkpoints and official files into folders of config.json and model.safetensors',
    async () => (await import('./convert.js')).convert,
  ),
  lazyCommand(
    'export <model> <folder>',
    'Write networks as ONNX files that stock ONNX Runtime runs',
    async () => (await import('./export.js')).exportCommand,
  ),
  lazyCommand(
    'inspect <model>',
    'Tell sizes, tensors, operations and settings of a model',
    async () => (await import('./inspect.js')).inspect,
  ),
  lazyCommand(
    'backends',
    'List what can compute here, and why the rest cannot',
    async () => (await import('./backends.js')).backends,
  ),
];
