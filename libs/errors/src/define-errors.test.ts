import { describe as group, expect, it } from 'vitest';
import { AtlasError, defineErrors, describe, isAtlasError } from './index.js';

const errors = defineErrors('TESTLIB', {
  fileMissing: {
    grpc: 'NOT_FOUND',
    message: (d: { path: string }) => `no file at ${d.path}`,
    help: 'check the path',
  },
});

group('defineErrors', () => {
  it('names the code after the lib and the error', () => {
    expect(errors.fileMissing({ path: 'a' }).code).toBe('TESTLIB_FILE_MISSING');
  });

  it('keeps message, help, details, gRPC code and cause', () => {
    const cause = new Error('ENOENT');
    const error = errors.fileMissing({ path: 'a.onnx' }, cause);
    expect(error).toMatchObject({ message: 'no file at a.onnx', help: 'check the path', grpc: 'NOT_FOUND', details: { path: 'a.onnx' }, cause });
  });

  it('survives a trip through JSON', () => {
    const error = new AtlasError(JSON.parse(JSON.stringify(errors.fileMissing({ path: 'x' }))));
    expect(isAtlasError(error)).toBe(true);
    expect(describe(error)).toBe('TESTLIB_FILE_MISSING: no file at x\n  check the path');
  });

  it('does not take a Node system error for a catalogued one', () => {
    expect(isAtlasError(Object.assign(new Error('x'), { code: 'ENOENT' }))).toBe(false);
  });
});
