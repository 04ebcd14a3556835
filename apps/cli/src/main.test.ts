import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandList, errorText } from './main.js';

const packageFolder = dirname(dirname(fileURLToPath(import.meta.url)));
const root = dirname(dirname(packageFolder));
const program = join(packageFolder, 'bin', 'neuron-atlas.js');

interface Ended { readonly code: number; readonly stdout: string; readonly stderr: string }

const node = (args: readonly string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}): Promise<Ended> => new Promise((resolve) => {
  const { NEURON_ATLAS_COORDINATOR: _, ...env } = process.env;
  execFile(process.execPath, [...args], { cwd: options.cwd ?? folder, env: { ...env, ...options.env } }, (error, stdout, stderr) => {
    resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, stdout, stderr });
  });
});
const neuronAtlas = (...args: readonly string[]): Promise<Ended> => node([program, ...args]);

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'neuron-atlas-main-'));
  // Processes run what is compiled; this is quick where it is up to date.
  const built = await node([join(root, 'node_modules/typescript/bin/tsc'), '-b', packageFolder]);
  expect(built.stdout).toBe('');
}, 300_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('neuron-atlas', () => {
  it('prints its version, and its help with every command', async () => {
    expect(await neuronAtlas('--version')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), stderr: '' });
    const { code, stdout } = await neuronAtlas('--help');
    expect(code).toBe(0);
    for (const { name } of commandList) expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
  });

  it.each(commandList.map(({ name }) => name))('%s --help shows usage, --json and an example', async (name) => {
    const { code, stdout, stderr } = await neuronAtlas(name, '--help');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`Usage: neuron-atlas ${name} [options]`);
    expect(stdout).toContain('--json');
    expect(stdout).toMatch(new RegExp(`Examples?:\n {2}neuron-atlas ${name}`));
  });

  it('ends with 2 for a command line that does not fit', async () => {
    for (const args of [['paint'], ['run'], ['sweeps', '--colour'], ['run', 'a.yaml', '--agents', 'many'], ['unit']]) {
      expect(await neuronAtlas(...args)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/^CLI_USAGE: .+\n {2}run the command with --help/) });
    }
  });

  it('ends with 1 for an error, which it says as code, message and what to do', async () => {
    await writeFile(join(folder, 'sweep.yaml'), 'model: { path: net.onnx }\nviews: { synthesis: [{ prior: fourier, objective: channel, stesp: 3 }] }\noutput: out\n');
    const { code, stdout, stderr } = await neuronAtlas('run', 'sweep.yaml');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toBe('SPEC_INVALID: sweep.yaml:2:60: views.synthesis[0].stesp: unknown key "stesp" (did you mean "steps"?)\n'
      + '  correct the fields named above; `neuron-atlas plan --schema` prints what a spec may hold\n');
  });

  it('says an error as one line of JSON with --json', async () => {
    const { code, stderr } = await neuronAtlas('plan', 'nowhere.yaml', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'CLI_FILE_NOT_FOUND', details: { what: 'spec' } } });
  });

  it('says that a coordinator is not there', async () => {
    const port = await new Promise<number>((resolve) => {
      const probe = createServer().listen(0, '127.0.0.1', () => {
        const address = probe.address() as { port: number };
        probe.close(() => resolve(address.port));
      });
    });
    const { code, stderr } = await neuronAtlas('sweeps', '--coordinator', `127.0.0.1:${port}`);
    expect({ code, stderr: stderr.split(':')[0] }).toEqual({ code: 1, stderr: 'CLI_COORDINATOR_UNREACHABLE' });
  });

  it('says that a port is in use, and leaves nothing running', async () => {
    const taken = createServer();
    const port = await new Promise<number>((resolve) => taken.listen(0, '127.0.0.1', () => resolve((taken.address() as { port: number }).port)));
    const { code, stderr } = await neuronAtlas('up', '--listen', `127.0.0.1:${port}`, '--state', 'state');
    taken.close();
    expect({ code, stderr: stderr.split(':')[0] }).toEqual({ code: 1, stderr: 'COORDINATOR_PORT_IN_USE' });
  });

  it('asks for set-up where it is not compiled', async () => {
    const lone = join(folder, 'lone', 'bin');
    const { mkdir, copyFile } = await import('node:fs/promises');
    await mkdir(lone, { recursive: true });
    await writeFile(join(folder, 'lone', 'package.json'), '{"type":"module"}');
    await copyFile(program, join(lone, 'neuron-atlas.js'));
    expect(await node([join(lone, 'neuron-atlas.js'), '--help'])).toEqual({
      code: 1, stdout: '', stderr: 'CLI_NOT_BUILT: neuron-atlas is not compiled yet\n  run `npm run setup` in the folder of the project\n',
    });
  });
});

describe('errorText', () => {
  it('shows a fault of the program with its stack', () => {
    expect(errorText(new Error('unreachable: x'), false)).toMatch(/^CLI_FAULT: Error: unreachable: x\n {4}at [^]*\n {2}report this: it is a fault of the program\n$/);
  });
});
