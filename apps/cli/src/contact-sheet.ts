export interface SheetShape {
  /** Side of a tile in pixels, without the gap. */
  readonly tile: number;
  /** Tiles in a row; absent: as many as make the sheet about square. */
  readonly across?: number | undefined;
}

const gap = 2;
const ground = 0x20;

/** Pictures side by side in one PNG, in reading order; where there is none, the ground shows. Transparent ones lie on grey. */
export async function contactSheet(pictures: readonly (Uint8Array | null)[], shape: SheetShape): Promise<Uint8Array> {
  const { default: sharp } = await import('sharp');
  const across = Math.min(pictures.length, shape.across ?? Math.ceil(Math.sqrt(pictures.length)));
  const down = Math.ceil(pictures.length / across);
  const pitch = shape.tile + gap;
  const width = across * pitch + gap;
  const height = down * pitch + gap;
  const sheet = Buffer.alloc(width * height * 3, ground);
  for (const [index, picture] of pictures.entries()) {
    if (picture === null) continue;
    const tile = await sharp(picture).flatten({ background: '#808080' }).resize(shape.tile, shape.tile, { fit: 'contain', background: { r: ground, g: ground, b: ground } })
      .toColourspace('srgb').removeAlpha().raw().toBuffer();
    const left = gap + (index % across) * pitch;
    const top = gap + Math.floor(index / across) * pitch;
    for (let y = 0; y < shape.tile; y++) {
      tile.copy(sheet, ((top + y) * width + left) * 3, y * shape.tile * 3, (y + 1) * shape.tile * 3);
    }
  }
  return sharp(sheet, { raw: { width, height, channels: 3 } }).png().toBuffer();
}
