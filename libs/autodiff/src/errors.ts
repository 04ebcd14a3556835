import { defineErrors } from '@neuron-atlas/errors';

interface Place { readonly op: string; readonly node: string }
const at = (d: Place): string => `${d.op} at node ${d.node}`;

export const errors = defineErrors('AUTODIFF', {
  noRule: {
    grpc: 'UNIMPLEMENTED',
    message: (d: Place & { domain: string; opset: number; near: readonly string[] }) =>
      `no rule for ${d.domain === '' ? '' : `${d.domain}:`}${d.op} (opset ${d.opset}) at node ${d.node}; rules exist for: ${d.near.join(', ')}`,
    help: 'leave out the layers behind this node, or add a rule for the operator',
  },
  unsupported: {
    grpc: 'UNIMPLEMENTED',
    message: (d: Place & { reason: string }) => `cannot differentiate ${at(d)}: ${d.reason}`,
    help: 'leave out the layers behind this node, or export the model without this form of the operator',
  },
  blocked: {
    grpc: 'FAILED_PRECONDITION',
    message: (d: Place & { input: string; why: 'stop' | 'zero' }) =>
      `no gradient passes ${at(d)}: its input ${d.input} ${d.why === 'stop' ? 'carries none' : 'has gradient zero wherever it has one'}`,
    help: 'choose a layer on the near side of this node: nothing behind it can be synthesised by gradient',
  },
  notConnected: {
    grpc: 'FAILED_PRECONDITION',
    message: (d: { of: string; wrt: string }) => `${d.of} does not depend on ${d.wrt}`,
    help: 'differentiate with respect to a value that the result is computed from',
  },
  unknownValue: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { name: string }) => `there is no value ${d.name} in the graph`,
    help: 'use the name of a graph input, an initialiser or a node output',
  },
  opset: {
    grpc: 'UNIMPLEMENTED',
    message: (d: { opset: number; lowest: number; highest: number }) => `rules are written for opset ${d.lowest} to ${d.highest}, the graph has ${d.opset}`,
    help: 'convert the graph to an opset within the range first',
  },
  seedMismatch: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { of: string; shape: readonly number[]; seed: readonly number[] }) => `the seed has shape [${d.seed.join(', ')}], ${d.of} has [${d.shape.join(', ')}]`,
    help: 'give a seed of the shape and type of the value that is differentiated',
  },
  duplicateRule: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { op: string; since: number }) => `two rules claim ${d.op} since ${d.since}`,
    help: 'keep one of them, or give them different versions',
  },
});
