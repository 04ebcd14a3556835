import { spawn, type ChildProcess } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandList } from '../main.js';
import { compile } from '../neuron-atlas.fixture.js';
import { parseShape, shapeOf } from './json-shape.fixture.js';
import { neuronAtlas, program, repository, type Ended } from './small-sweep.fixture.js';

// Every example of every --help is run as it stands there, and once more with --json, whose fields docs/json.md promises. What
// only the reader can fill in is filled in here: the id of a sweep or a token, the address of a coordinator, a bucket, a port that is free.

let home = '';
let address = '';
let operations = '';
const standing: ChildProcess[] = [];
/** Ids of sweeps of the coordinator: one that is done, one that would take hours. */
const sweeps = { done: '', long: '' };
let token = '';

beforeAll(async () => {
  await compile();
  home = await mkdtemp(join(tmpdir(), 'neuron-atlas-examples-'));
  // The demo as it is, made once for all walks; where its spec is an example for other commands, it takes few steps and few exemplars.
  const made = process.env['E2E_CACHE'] ?? home;
  await mkdir(made, { recursive: true });
  expect(await neuronAtlas(['demo'], made)).toMatchObject({ code: 0 });
  if (made !== home) await cp(join(made, 'atlas-demo'), join(home, 'atlas-demo'), { recursive: true });
  await cp(join(repository, 'examples/demo'), join(home, 'examples/demo'), { recursive: true });
  await cp(join(repository, 'examples/generator'), join(home, 'examples/generator'), { recursive: true });
  // So few steps need no 48,000 pictures, which take half a minute to draw.
  const generatorSpec = join(home, 'examples/generator/demo.yaml');
  await writeFile(generatorSpec, (await readFile(generatorSpec, 'utf8')).replace(/count: \d+/, 'count: 2000'));
  const demoSpec = join(home, 'examples/demo/sweep.yaml');
  await writeFile(demoSpec, (await readFile(demoSpec, 'utf8')).replace(/steps: \d+/g, 'steps: 4').replace(/exemplars: .*/, 'exemplars: { top: 2, bottom: 1, quantiles: 0, effective: [] }'));
  await cp(join(repository, 'examples/demo/demo.onnx'), join(home, 'net.onnx'));
  await writeFile(join(home, 'sweep.yaml'), specOf('a', 8));
  await writeFile(join(home, 'other.yaml'), specOf('b', 12));
  await writeFile(join(home, 'long.yaml'), specOf('c', 100_000));
  expect(await neuronAtlas(['run', 'other.yaml', '--output', 'atlas-other'], home)).toMatchObject({ code: 0 });

  const started = JSON.parse(await start(join(repository, 'apps/coordinator/bin/neuron-atlas-coordinator.js'), ['--state', 'standing', '--metrics', '127.0.0.1:0'])) as { listening: string; metrics: string };
  address = started.listening;
  operations = `http://${started.metrics}`;
  await start(join(repository, 'apps/gpu-agent/bin/neuron-atlas-agent.js'), ['--coordinator', address, '--id', 'local-0', '--cache', 'cache', '--scratch', 'scratch', '--provider', 'cpu', '--threads', '1']);
  const submit = async (spec: string, ...more: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await neuronAtlas(['submit', spec, '--json', '--coordinator', address, ...more], home);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return (JSON.parse(stdout) as { sweepId: string }).sweepId;
  };
  sweeps.done = await submit('other.yaml', '--output', 'submitted');
  expect(await neuronAtlas(['watch', sweeps.done, '--coordinator', address], home)).toMatchObject({ code: 0 });
  sweeps.long = await submit('long.yaml', '--output', 'long');
  expect(await neuronAtlas(['pause', sweeps.long, '--coordinator', address], home)).toMatchObject({ code: 0 });
}, 300_000);
afterAll(async () => {
  await Promise.all(standing.reverse().map(async (child) => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
  }));
  await rm(home, { recursive: true, force: true });
});

const specOf = (name: string, steps: number): string => [
  `name: ${name}`, 'model: { path: net.onnx }', 'units: { layers: ["conv1", "conv4"], channels: "0-15" }',
  `views: { synthesis: [{ prior: fourier, objective: channel, steps: ${steps}, size: 32, batch: 4 }] }`, `output: atlas-${name}`, '',
].join('\n');

/** Starts a program that stands, and gives the first line it prints. */
function start(file: string, args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [file, ...args], { cwd: home, stdio: ['ignore', 'pipe', 'pipe'] });
  standing.push(child);
  let [out, err] = ['', ''];
  child.stderr.on('data', (chunk: Buffer) => { err += chunk.toString(); });
  return new Promise((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => { out += chunk.toString(); if (out.includes('\n')) resolve(out.slice(0, out.indexOf('\n'))); });
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code}: ${err}`)));
  });
}

/** Sweeps by command: what a command does to one must make sense. */
const sweepFor = (command: string): string => (['pause', 'resume', 'cancel', 'retry', 'share'].includes(command) ? sweeps.long : sweeps.done);

/** What must be so before an example: what the one before it left is put back. */
const before: Readonly<Record<string, () => Promise<unknown>>> = {
  init: () => rm(join(home, 'sweep.yaml'), { force: true }),
  token: async () => {
    const { stdout } = await neuronAtlas(['token', 'create', '--name', 'walk', '--roles', 'viewer', '--json', '--coordinator', address], home);
    token = (JSON.parse(stdout) as { tokenId: string }).tokenId;
  },
  pause: () => neuronAtlas(['resume', sweeps.long, '--coordinator', address], home),
  resume: () => neuronAtlas(['pause', sweeps.long, '--coordinator', address], home),
  retry: () => neuronAtlas(['cancel', sweeps.long, '--coordinator', address], home),
};
const after: Readonly<Record<string, () => Promise<unknown>>> = {
  init: () => writeFile(join(home, 'sweep.yaml'), specOf('a', 8)),
  retry: () => neuronAtlas(['cancel', sweeps.long, '--coordinator', address], home),
};

/** Commands that stand until they are stopped. */
const stands: ReadonlySet<string> = new Set(['up', 'view']);

function argumentsOf(example: string): readonly string[] {
  const [command = ''] = example.split(' ');
  return example.replaceAll('sw-0123456789', sweepFor(command)).replaceAll('0123456789ab', token).replaceAll(/127\.0\.0\.1:7071/g, command === 'up' ? '127.0.0.1:0' : address)
    .replaceAll('http://127.0.0.1:9464', operations).replaceAll('s3://bucket/', './').split(' ');
}

async function runExample(example: string, ...more: readonly string[]): Promise<Ended> {
  const [command = '', ...args] = argumentsOf(example);
  const env = { NEURON_ATLAS_COORDINATOR: address };
  if (!stands.has(command)) return neuronAtlas([command, ...args, ...more], home, env);
  const free = command === 'view' ? ['--port', '0'] : ['--listen', '127.0.0.1:0', '--state', 'another'];
  const child = spawn(process.execPath, [program, command, ...args, ...more, ...free], { cwd: home, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  let [stdout, stderr] = ['', ''];
  child.stderr.on('data', (chunk: Buffer) => { stderr += chunk.toString(); });
  child.stdout.on('data', (chunk: Buffer) => { stdout += chunk.toString(); if (stdout.includes('\n')) child.kill('SIGINT'); });
  return new Promise((resolve) => { child.once('close', (code) => resolve({ code, stdout, stderr })); });
}

/** The examples as the help prints them. */
async function printedExamples(name: string): Promise<readonly string[]> {
  const { stdout } = await neuronAtlas([name, '--help'], home);
  return [...stdout.slice(stdout.search(/^Examples?:/m)).matchAll(/^ {2}neuron-atlas (.+)$/gm)].map(([, line]) => line!);
}

const page = await readFile(join(repository, 'docs/json.md'), 'utf8');
const promised = new Map([...page.matchAll(/^### ((?:`[a-z]+`(?:, )?)+)\n[^]*?^```\n([^]*?)^```/gm)]
  .flatMap(([, names, text]) => [...names!.matchAll(/`([a-z]+)`/g)].map(([, name]) => [name!, parseShape(text!)] as const)));

describe('docs/json.md', () => {
  it('promises something of every command, and of none that there is not', () => {
    expect([...promised.keys()].sort()).toEqual(commandList.map(({ name }) => name).sort());
  });
});

describe.each(commandList.map(({ name, examples }) => ({ name, examples })))('the examples of $name', ({ name, examples }) => {
  const documents: unknown[] = [];

  it('are those that its help prints', async () => {
    expect(await printedExamples(name)).toEqual(examples);
  });

  it.each(examples)('%s', async (example) => {
    await before[name]?.();
    const { code, stdout, stderr } = await runExample(example);
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.trim()).not.toBe('');
    await after[name]?.();
  });

  it.each(examples)('%s, as JSON', async (example) => {
    await before[name]?.();
    const { code, stdout, stderr } = await runExample(example, ...(example.includes('--json') ? [] : ['--json']));
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    if (!example.includes('--schema')) documents.push(...parsed(stdout));
    await after[name]?.();
  });

  it('give the fields that docs/json.md promises, and no others', () => {
    const found = shapeOf(documents);
    const wanted = promised.get(name)!;
    const unpromised = [...found].flatMap(([path, { kinds }]) => [...kinds].filter((kind) => wanted.get(path)?.kinds.has(kind) !== true).map((kind) => `${path}  ${kind}`));
    const absent = [...wanted].filter(([path, { isOptional }]) => !isOptional && found.get(path)?.isOptional !== false).map(([path]) => path);
    expect({ unpromised, absent }).toEqual({ unpromised: [], absent: [] });
  });
});

/** One document, or a line for each record. */
function parsed(stdout: string): readonly unknown[] {
  try {
    return [JSON.parse(stdout)];
  } catch {
    return stdout.trim().split('\n').map((line) => JSON.parse(line) as unknown);
  }
}
