export { createLoader } from './create-loader.js';
export type {
  BatchInfo,
  BrokenPicture,
  LatentBatch,
  Loader,
  LoaderOptions,
  LoaderState,
  PictureBatch,
  PictureLoaderOptions,
} from './loader.js';
