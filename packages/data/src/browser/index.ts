export { type DrawableImage, pictureFromImageData, readPicture } from './read-picture.js';
export { encodePng, toImageData } from './write-picture.js';
