export type Theme = 'auto' | 'light' | 'dark';

const key = 'neuron-atlas.theme';

/** The theme that was chosen here before; `auto` follows the system. */
export function storedTheme(): Theme {
  try {
    const stored = localStorage.getItem(key);
    return stored === 'light' || stored === 'dark' ? stored : 'auto';
  } catch {
    return 'auto'; // storage may be shut off, as in a file:// page
  }
}

export function applyTheme(theme: Theme): void {
  const { documentElement: root } = document;
  if (theme === 'auto') delete root.dataset['theme'];
  else root.dataset['theme'] = theme;
  try {
    if (theme === 'auto') localStorage.removeItem(key);
    else localStorage.setItem(key, theme);
  } catch {
    return; // not kept, but applied
  }
}

/** What is shown now. */
export const isDark = (): boolean => {
  const chosen = document.documentElement.dataset['theme'];
  return chosen === undefined ? matchMedia('(prefers-color-scheme: dark)').matches : chosen === 'dark';
};
