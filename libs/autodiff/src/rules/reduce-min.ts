import { reducedExtremum } from '../reduced-extremum.js';

export const reduceMin = reducedExtremum('ReduceMin');
