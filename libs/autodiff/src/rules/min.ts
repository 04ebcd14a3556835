import { extremum } from '../extremum.js';

export const min = extremum('Min');
