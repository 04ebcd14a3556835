/** The pictures nearest to a cluster's centre of which a start is the mean (Nguyen et al. 2016). */
export const mostPictures = 15;

/** What a seed of a unit starts from: the mean of a cluster of its exemplars. */
export interface Facet {
  /** Place among the view's seeds, from 0, and how many of them there are. */
  readonly index: number;
  readonly of: number;
  /** Exemplars of the cluster. */
  readonly size: number;
  /** Of the pictures of which the start is the mean, the nearest to the centre first; empty where the unit has no such cluster, and the prior its own start. */
  readonly exemplars: readonly string[];
  /** f32[C, H, W] in 0..1, of the program's canvas, made when it is asked for; undefined where there is none. */
  readonly start: () => Promise<Float32Array | undefined>;
}

/** As the provenance of its picture has it. */
export const facetRecord = ({ index, of, size, exemplars }: Facet): Omit<Facet, 'start'> => ({ index, of, size, exemplars });
