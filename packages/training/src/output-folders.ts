/** The folder of the trained model in the output folder. */
export const modelFolderName = 'model';

/** The folder of the pictures that evaluations make. */
export const picturesFolderName = 'pictures';
