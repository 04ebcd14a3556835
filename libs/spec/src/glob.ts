/** Whether the whole `text` fits a glob: `*` is any run of characters, `?` is one; case matters, nothing else is special. */
export function matchesGlob(glob: string, text: string): boolean {
  // The classic walk with one point of return, the last `*`: linear in memory, and no pattern can blow it up.
  let g = 0;
  let t = 0;
  let star = -1;
  let starText = 0;
  while (t < text.length) {
    if (glob[g] === '*') {
      star = g++;
      starText = t;
    } else if (g < glob.length && (glob[g] === '?' || glob[g] === text[t])) {
      g++;
      t++;
    } else if (star >= 0) {
      g = star + 1;
      t = ++starText;
    } else {
      return false;
    }
  }
  while (glob[g] === '*') g++;
  return g === glob.length;
}

/** The globs of a comma list, blanks trimmed: `conv*, fire?` is two. */
export function globList(text: string): readonly string[] {
  return text.split(',').map((glob) => glob.trim()).filter((glob) => glob !== '');
}
