/** Names of files that hold a picture. */
export const pictureFile = /\.(jpe?g|png|webp|gif|tiff?|avif|bmp)$/i;
