/** The packages in a list with commas, as `NEURON_ATLAS_PLUGINS` and options hold them; none where there is no list. */
export const packageNames = (list: string | undefined): readonly string[] =>
  (list ?? '').split(',').map((name) => name.trim()).filter((name) => name !== '');
