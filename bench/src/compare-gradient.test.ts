import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import { describe, expect, it } from 'vitest';
import { compareGradient, type OracleCase } from './compare-gradient.js';

const vectors = fileURLToPath(new URL('../oracle/vectors', import.meta.url));
const runtime = await createNodeRuntime({ provider: 'cpu', threads: 1 });

describe('the gradient of a small network as PyTorch exports it', () => {
  it.each(readdirSync(vectors))('agrees with autograd in float64: %s', async (name) => {
    const folder = join(vectors, name);
    const { errors, nodes } = await compareGradient(folder, JSON.parse(await readFile(join(folder, 'case.json'), 'utf8')) as OracleCase, runtime);
    expect(nodes).toBeGreaterThan(50);
    expect(Math.max(...errors)).toBeLessThan(2e-5);
  });
});
