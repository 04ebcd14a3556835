import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layerPath } from './layer-path.js';

describe('layerPath', () => {
  it.each(['conv1', 'fire2-squeeze1x1', 'layer.0.conv_2'])('leaves %s as it is', (id) => {
    expect(layerPath(id)).toBe(id);
  });

  it('keeps the readable part of any other id', () => {
    expect(layerPath('/features/features.0/Conv_output_0')).toMatch(/^features-features\.0-conv_output_0~[0-9a-f]{16}$/);
  });

  // Reference values of the 64-bit FNV-1a of '' and 'foobar', from the authors' test suite, by way of ids that need the hash.
  it('ends in the FNV-1a hash of the id', () => {
    expect(layerPath('')).toBe('~cbf29ce484222325');
    expect(layerPath('FOO')).toBe(`foo~${fnv('FOO')}`);
  });

  it.each(['..', '.', 'con', 'nul.txt', 'a/../b', 'C:\\x', 'a\u0000b', 'x'.repeat(300), 'trailing.'])('makes %j safe', (id) => {
    const path = layerPath(id);
    expect(path).toMatch(/^[a-z0-9_~-][a-z0-9._~-]{0,99}$/);
    expect(path).not.toMatch(/\.$/);
    expect(path).not.toBe(id);
  });

  it('gives different ids different paths, also where case is ignored', () => {
    const id = fc.oneof(fc.string(), fc.stringMatching(/^[aA./-]{0,6}$/));
    fc.assert(fc.property(id, id, (a, b) => {
      if (a !== b) expect(layerPath(a).toLowerCase()).not.toBe(layerPath(b).toLowerCase());
    }), { numRuns: 2000 });
  });
});

/** The formula again, in plain numbers: 64 bits as four limbs of 16. */
function fnv(text: string): string {
  const prime = [0x01b3, 0x0000, 0x0100, 0x0000];
  let hash = [0x2325, 0x8422, 0x9ce4, 0xcbf2];
  for (const byte of Buffer.from(text)) {
    hash[0]! ^= byte;
    const next = [0, 0, 0, 0];
    for (let i = 0; i < 4; i++) for (let j = 0; i + j < 4; j++) {
      let carry = hash[i]! * prime[j]!;
      for (let k = i + j; k < 4 && carry > 0; k++) { const sum = next[k]! + (carry % 65536); next[k] = sum % 65536; carry = Math.floor(carry / 65536) + Math.floor(sum / 65536); }
    }
    hash = next;
  }
  return hash.reverse().map((limb) => limb.toString(16).padStart(4, '0')).join('');
}
