import { open } from 'node:fs/promises';

/** Makes new names in a folder survive a power failure, where the platform can: Windows cannot open folders. */
export async function syncFolder(path: string): Promise<void> {
  try {
    const handle = await open(path, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (process.platform !== 'win32') throw error;
  }
}
