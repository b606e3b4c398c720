import { stat } from 'node:fs/promises';
import type { PictureDataset } from '../../dataset/picture-dataset.js';
import { withPath } from './file-dataset.js';
import { type FolderDatasetOptions, openFolderDataset } from './folder-dataset.js';
import { openManifestDataset } from './manifest-dataset.js';

/**
 * Opens the pictures in a folder, as `openFolderDataset`, or those that a manifest lists, as `openManifestDataset`.
 *
 * @throws ArgumentError or FileFormatError, as these do
 */
export async function openDataset(path: string, options: FolderDatasetOptions = {}): Promise<PictureDataset> {
  const stats = await withPath(path, () => stat(path));
  return stats.isDirectory()
    ? openFolderDataset(path, options)
    : openManifestDataset(path, { classes: options.classes });
}
