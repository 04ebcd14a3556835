import { defineCheck } from './check.js';

export const node = defineCheck({
  name: 'node',
  run: async ({ world }) => {
    const { nodeVersion, runtimeVersion, version } = await world.machine();
    const [major = 0, minor = 0] = nodeVersion.split('.').map(Number);
    const old = major < 20 || (major === 20 && minor < 19);
    return [{
      verdict: old ? 'bad' : 'good', detail: `Node ${nodeVersion}, neuron-atlas ${version}, ${runtimeVersion}`,
      ...(old ? { help: 'install Node 20.19 or newer' } : {}),
    }];
  },
});
