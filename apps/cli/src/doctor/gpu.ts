import { defineCheck } from './check.js';

export const gpu = defineCheck({
  name: 'gpu',
  run: async ({ world, subjects }) => {
    const { gpus } = await world.machine();
    if (gpus.length === 0) {
      return [{ verdict: subjects.provider === 'cuda' ? 'bad' : 'good', detail: 'nvidia-smi shows no card', ...(subjects.provider === 'cuda' ? { help: 'ask for nvidia.com/gpu in the pod, or install the driver' } : {}) }];
    }
    return gpus.map(({ name, memoryMiB, usedMiB, driver }) => {
      const crowded = usedMiB > memoryMiB / 2;
      return { verdict: crowded ? 'warning' : 'good', detail: `${name}, ${usedMiB} of ${memoryMiB} MiB used, driver ${driver}`, ...(crowded ? { help: 'something else holds most of its memory: give an agent a card of its own' } : {}) };
    });
  },
});
