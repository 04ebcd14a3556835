import type { Param } from '@neuron-atlas/plugins';

export const percent = (value: number, doc: string): Param<number> => ({ default: value, doc: `${doc} 0 to below 100.`, check: (v) => v >= 0 && v < 100 });
