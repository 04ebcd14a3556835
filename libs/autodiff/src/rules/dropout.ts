import { f32, tensor, toNumbers } from '@neuron-atlas/onnx';
import { errors } from '../errors.js';
import { defineVjp, stop } from '../rule.js';

export const dropout = defineVjp({
  op: 'Dropout',
  since: [13, 22],
  inputs: ['x', 'ratio?', 'training?'],
  outputs: ['y', 'mask?'],
  flat: { ratio: stop, training: stop },
  // As it is when a network is used: y = x. A mask drawn inside the graph would not be repeatable.
  vjp: ({ node, inputs: { training }, grads, around }) => ({
    x: () => {
      const known = around.constant(training);
      if (training !== undefined && (known === undefined || toNumbers(known)[0] !== 0)) {
        throw errors.unsupported({ op: node.op, node: node.name, reason: 'it is in training mode' });
      }
      return grads.y;
    },
  }),
  examples: [{ shapes: [[2, 3]] }, { shapes: [[2, 3], null, null], constants: { ratio: f32([], [0.3]), training: tensor('bool', [], Uint8Array.of(0)) } }],
});
