export type { Picture } from './picture.js';
export { floatsToPictures, type PictureFloats, picturesToFloats } from './picture-floats.js';
export { type PictureGridOptions, pictureGrid } from './picture-grid.js';
