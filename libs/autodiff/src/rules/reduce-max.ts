import { reducedExtremum } from '../reduced-extremum.js';

export const reduceMax = reducedExtremum('ReduceMax');
