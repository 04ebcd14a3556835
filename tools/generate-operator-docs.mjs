// Writes docs/operators.md from the compiled rules.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rules } from '@neuron-atlas/autodiff';
import { rewrites } from '@neuron-atlas/onnx';
import { operatorPage } from './operator-page.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const read = (name) => JSON.parse(readFileSync(join(root, 'libs/autodiff', name), 'utf8'));
writeFileSync(join(root, 'docs/operators.md'), operatorPage({ rules: Object.values(rules), rewrites: Object.values(rewrites), webgpu: read('webgpu-operators.json'), faults: read('webgpu-faults.json') }));
