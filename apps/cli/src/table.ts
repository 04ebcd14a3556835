/** Rows as aligned columns, headings first; columns of numbers go to the right. A row may end before the last column. */
export function table(headings: readonly string[], rows: readonly (readonly (string | number)[])[]): readonly string[] {
  const cells = rows.map((row) => row.map((cell) => String(cell)));
  const widths = headings.map((heading, column) => Math.max(heading.length, ...cells.map((row) => (row[column] ?? '').length)));
  const right = headings.map((_, column) => rows.some((row) => row[column] !== undefined) && rows.every((row) => typeof row[column] === 'number' || row[column] === '-' || row[column] === undefined));
  const line = (row: readonly string[]): string => row
    .map((cell, column) => (right[column] === true ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
    .join('  ').trimEnd();
  return [line(headings), ...cells.map(line)];
}
