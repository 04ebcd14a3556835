import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { checkRule } from '@neuron-atlas/testkit';
import { describe, expect, it } from 'vitest';
import * as rules from './rules/index.js';

const folder = fileURLToPath(new URL('./rules/', import.meta.url));

describe('the list of rules', () => {
  it('has every file of the folder, by its export, sorted', () => {
    const files = readdirSync(folder).filter((file) => file.endsWith('.ts') && file !== 'index.ts' && !file.endsWith('.test.ts')).sort();
    const lines = files.map((file) => `export { ${/export const (\w+)/.exec(readFileSync(`${folder}${file}`, 'utf8'))![1]} } from './${file.replace(/ts$/, 'js')}';`);
    expect(readFileSync(`${folder}index.ts`, 'utf8')).toBe(`${lines.join('\n')}\n`);
  });
});

for (const rule of Object.values(rules)) checkRule(rule);
