import { bytes } from '../quantity.js';
import { defineCheck } from './check.js';

// An agent with a mid-sized model and its gradient takes one to three of them.
const least = 4 * 2 ** 30;

export const memory = defineCheck({
  name: 'memory',
  run: async ({ world }) => {
    const { memoryBytes, memoryLimitBytes, cores } = await world.machine();
    const have = Math.min(memoryBytes, memoryLimitBytes ?? Infinity);
    const limited = memoryLimitBytes !== undefined && memoryLimitBytes < memoryBytes;
    return [{
      verdict: have < least ? 'warning' : 'good', detail: `${bytes(have)}${limited ? ' by the limit of the container' : ''}, ${cores} cores`,
      ...(have < least ? { help: 'give an agent 4 GiB or more, or take small batches' } : {}),
    }];
  },
});
