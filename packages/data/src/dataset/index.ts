export { type PictureEntry, pictureDataset } from './in-memory-dataset.js';
export type {
  PictureDataset,
  PicturePreparer,
  PreparationSlot,
  PreparationTask,
  PreparedPictures,
} from './picture-dataset.js';
export { subset } from './subset.js';
