import { extremum } from '../extremum.js';

export const max = extremum('Max');
