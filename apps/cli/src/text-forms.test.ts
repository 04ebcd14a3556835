import { describe, expect, it } from 'vitest';
import { toJson } from './output.js';
import { bytes, count, counted, duration, rate } from './quantity.js';
import { table } from './table.js';

describe('quantities', () => {
  it.each([[0.04, '0.0 s'], [9.9, '9.9 s'], [42.4, '42 s'], [60, '1 min'], [200, '3 min 20 s'], [3600, '1 h'], [7500, '2 h 5 min'], [7199, '2 h']])(
    'says %d seconds as %s', (seconds, words) => expect(duration(seconds)).toBe(words));

  it.each([[0, '0 B'], [812, '812 B'], [4_948_498, '4.9 MB'], [1000, '1.0 kB'], [250e9, '250 GB']])('says %d bytes as %s', (value, words) => expect(bytes(value)).toBe(words));

  it('says counts and rates', () => {
    expect([count(3944), counted(1, 'layer'), counted(26, 'layer'), rate(0.25), rate(2.13), rate(31.4)]).toEqual(['3,944', '1 layer', '26 layers', '0.25 units/s', '2.1 units/s', '31 units/s']);
  });
});

describe('table', () => {
  it('puts words to the left and numbers to the right', () => {
    expect(table(['layer', 'units'], [['conv1', 64], ['fc', 1000]])).toEqual(['layer  units', 'conv1     64', 'fc      1000']);
  });
});

describe('toJson', () => {
  it('makes numbers of 64-bit counts and leaves bytes out', () => {
    expect(toJson({ rows: 12n, image: new Uint8Array(3) })).toBe('{"rows":12,"image":{"bytes":3}}');
  });
});
