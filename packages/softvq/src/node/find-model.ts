import { basename } from 'node:path';
import { ArgumentError } from '@softvq/core';
import { type HubOptions, resolveModelFolder } from '@softvq/hub';
import { nearestNames } from '../pipeline/nearest-names.js';
import { bundledNames, findBundled } from './bundled-models.js';
import { exists } from './path-kind.js';

/** Where a model is: on this machine already, or files of it on the hub. */
export interface FoundModel {
  /** Whether it is a repository on the hub, beside which there is nothing. */
  readonly isRepository: boolean;
  /** The folder that has these files of the model, from its top folder; what is missing there is downloaded. */
  folderWith(files: readonly string[]): Promise<string>;
}

/**
 * Finds a model by a folder, the name of one that is an npm package (`emoji-sit`), or an id on the hub.
 *
 * @throws ArgumentError for what is none of these.
 */
export async function findModel(source: string, hub: HubOptions = {}): Promise<FoundModel> {
  if (await exists(source)) return onThisMachine(source);
  const folder = await findBundled(source);
  if (folder !== undefined) return onThisMachine(folder);
  if (!/^[\w.-]+\/[\w.-]+(@.+)?$/.test(source)) {
    const near = nearestNames(source, bundledNames);
    const meant = near.length > 0 ? ` Did you mean ${near.join(' or ')}?` : '';
    throw new ArgumentError(
      `there is no model ${source}: it is no folder, none of ${bundledNames.join(', ')}, and no owner/name on the hub.${meant}`,
    );
  }
  let commit: string | undefined;
  return {
    isRepository: true,
    async folderWith(files) {
      // All files are those of one commit, whatever is pushed meanwhile.
      const [id] = source.split('@');
      const folder =
        commit === undefined
          ? await resolveModelFolder(source, { ...hub, files })
          : await resolveModelFolder(id!, { ...hub, files, revision: commit });
      commit ??= basename(folder);
      return folder;
    },
  };
}

function onThisMachine(folder: string): FoundModel {
  return { isRepository: false, folderWith: () => Promise.resolve(folder) };
}
