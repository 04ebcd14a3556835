import { defineCheck } from './check.js';

export const providers = defineCheck({
  name: 'provider',
  run: async ({ world, subjects }) => {
    const { providers: all, cudaFiles } = await world.machine();
    return all.map(({ name, problem }) => {
      if (problem === undefined) return { verdict: 'good', detail: `${name} starts` };
      const wanted = subjects.provider === name;
      const files = name === 'cuda' && !cudaFiles ? '; ONNX Runtime has no CUDA files here' : '';
      return {
        verdict: wanted ? 'bad' : 'good', detail: `${name} does not start: ${problem.split('\n')[0]!.slice(0, 160)}${files}`,
        ...(wanted ? { help: name === 'cuda' && !cudaFiles ? 'install them: ONNXRUNTIME_NODE_INSTALL=cuda12 node node_modules/onnxruntime-node/script/install.js, or use the image gpu-agent' : 'look at the driver, CUDA 12 and cuDNN 9, and at what the runtime says' } : {}),
      };
    });
  },
});
