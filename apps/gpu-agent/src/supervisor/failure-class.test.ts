import { AtlasError, type GrpcCode } from '@neuron-atlas/errors';
import { FailureClass } from '@neuron-atlas/proto';
import { describe, expect, it } from 'vitest';
import { failureClass } from './failure-class.js';

const error = (code: string, grpc: GrpcCode): AtlasError => new AtlasError({ code, grpc, message: '', help: '', details: {} });

describe('failureClass', () => {
  it.each<[string, GrpcCode, keyof typeof FailureClass]>([
    ['AGENT_ENGINE_EXITED', 'INTERNAL', 'POISON'],
    ['AGENT_ENGINE_STALLED', 'DEADLINE_EXCEEDED', 'INFRA'],
    ['AGENT_MODEL_CHANGED', 'DATA_LOSS', 'BAD_INPUT'],
    ['SYNTHESIS_OUT_OF_MEMORY', 'RESOURCE_EXHAUSTED', 'OUT_OF_MEMORY'],
    ['SYNTHESIS_PROVIDER_UNAVAILABLE', 'FAILED_PRECONDITION', 'INFRA'],
    ['BLOBS_UNREACHABLE', 'UNAVAILABLE', 'TRANSIENT'],
    ['BLOBS_NOT_FOUND', 'NOT_FOUND', 'BAD_INPUT'],
    ['AUTODIFF_NO_RULE', 'UNIMPLEMENTED', 'BAD_INPUT'],
  ])('puts %s (%s) into class %s', (code, grpc, expected) => {
    expect(failureClass(error(code, grpc))).toBe(FailureClass[expected]);
  });

  it('counts an error that no catalogue knows against the shard', () => {
    expect(failureClass(new TypeError('x is not a function'))).toBe(FailureClass.POISON);
  });
});
