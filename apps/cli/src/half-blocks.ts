/**
 * A picture as lines of half blocks in 24-bit colour: each character is two pixels, the upper as its ink, the lower as
 * its ground. At most `columns` wide and `rows` high, the proportions kept. Transparent ones lie on grey.
 */
export async function halfBlocks(image: Uint8Array, columns: number, rows: number): Promise<readonly string[]> {
  const { default: sharp } = await import('sharp');
  const { data, info } = await sharp(image).flatten({ background: '#808080' }).resize(columns, rows * 2, { fit: 'inside', kernel: 'lanczos3' })
    .toColourspace('srgb').removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const pixel = (x: number, y: number): string => {
    const at = (Math.min(y, info.height - 1) * info.width + x) * info.channels;
    return `${data[at]};${data[at + 1] ?? data[at]};${data[at + 2] ?? data[at]}`;
  };
  const lines: string[] = [];
  for (let y = 0; y < info.height; y += 2) {
    let line = '';
    for (let x = 0; x < info.width; x++) line += `\u001b[38;2;${pixel(x, y)}m\u001b[48;2;${pixel(x, y + 1)}m▀`;
    lines.push(`${line}\u001b[0m`);
  }
  return lines;
}
