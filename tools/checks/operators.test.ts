import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rules } from '@neuron-atlas/autodiff';
import { rewrites } from '@neuron-atlas/onnx';
import { describe, expect, it } from 'vitest';
import { operatorPage } from '../operator-page.mjs';
import { root } from './root.js';

describe('docs/operators.md', () => {
  it('says what the rules and the rewrites say', () => {
    const webgpu = JSON.parse(readFileSync(join(root, 'libs/autodiff/webgpu-operators.json'), 'utf8')) as string[];
    expect(webgpu.filter((op) => !Object.values(rules).some((rule) => rule.op === op))).toEqual([]);
    const faults = JSON.parse(readFileSync(join(root, 'libs/autodiff/webgpu-faults.json'), 'utf8')) as Readonly<Record<string, Readonly<Record<string, string>>>>;
    const page = operatorPage({ rules: Object.values(rules), rewrites: Object.values(rewrites), webgpu, faults });
    expect(readFileSync(join(root, 'docs/operators.md'), 'utf8'), 'run `npm run docs:operators`').toBe(page);
  });
});
