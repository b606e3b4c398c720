// Runs exported files with ONNX Runtime and nothing else, as somebody without this library would.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import ort from 'onnxruntime-node';

const [folder, noiseFile, label, steps, scale] = process.argv.slice(2);
const description = JSON.parse(await readFile(join(folder, 'export.json'), 'utf8'));
const { latentShape, latentStatistics, generator, networks } = description;
const open = (name) => ort.InferenceSession.create(join(folder, networks[name].file));
const [network, decoder] = [await open('network'), await open('decoder')];
if (generator.process.path !== 'linear' || generator.process.prediction !== 'velocity') {
  throw new Error('this script integrates velocities of a linear path only');
}

const floats = (data, shape) => new ort.Tensor('float32', data, shape);
const size = latentShape.reduce((product, each) => product * each, 1);
let latents = new Float32Array((await readFile(noiseFile)).buffer.slice(0));
for (let i = 0; i < Number(steps); i++) {
  const [time, next] = [1 - i / steps, 1 - (i + 1) / steps];
  const { prediction } = await network.run({
    latents: floats(Float32Array.from([...latents, ...latents]), [2, ...latentShape]),
    time: floats(Float32Array.of(time), []),
    labels: new ort.Tensor('int32', Int32Array.of(Number(label), generator.noClass), [2]),
  });
  const [given, none] = [prediction.data.subarray(0, size), prediction.data.subarray(size)];
  latents = latents.map((x, j) => x + (next - time) * (none[j] + scale * (given[j] - none[j])));
}
const { images } = await decoder.run({
  latents: floats(
    latents.map((x) => x * latentStatistics.std + latentStatistics.mean),
    [1, ...latentShape],
  ),
});
console.log(JSON.stringify({ shape: images.dims, data: [...images.data] }));
