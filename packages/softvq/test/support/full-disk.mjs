// Loaded before the command line: every file that is opened for writing is on a disk without room.
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

const { open } = promises;

promises.open = async (path, flags, ...others) => {
  const handle = await open(path, flags, ...others);
  if (/[wa+]/.test(String(flags ?? 'r'))) {
    handle.write = async () => {
      throw Object.assign(new Error(`ENOSPC: no space left on device, write`), { code: 'ENOSPC', path });
    };
  }
  return handle;
};
syncBuiltinESMExports();
