import { resolveModelFolder } from '../src/index.js';

/** Run as a process of its own: resolves the model it is told to, and says how that goes. */
const [source, cacheFolder, endpoint] = process.argv.slice(2);
const folder = await resolveModelFolder(source!, {
  cacheFolder: cacheFolder!,
  endpoint: endpoint!,
  token: '',
  offline: false,
  onProgress: (progress) => process.send!(progress),
});
process.send!({ folder });
process.disconnect();
