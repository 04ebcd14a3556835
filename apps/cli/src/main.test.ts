import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as commands from './commands/index.js';
import { commandList, errorText } from './main.js';
import { compile, neuronAtlas, node, program, type Ended } from './neuron-atlas.fixture.js';

let folder = '';
const run = (...args: readonly string[]): Promise<Ended> => neuronAtlas(args, folder);
beforeAll(async () => {
  await compile();
  folder = await mkdtemp(join(tmpdir(), 'neuron-atlas-main-'));
}, 300_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('neuron-atlas', () => {
  it('offers every command that there is, once', () => {
    expect(commandList.map(({ name }) => name).sort()).toEqual(Object.values(commands).map(({ name }) => name).sort());
  });

  it('prints its version, and its help with every command', async () => {
    expect(await run('--version')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), stderr: '' });
    const { code, stdout } = await run('--help');
    expect(code).toBe(0);
    for (const { name } of commandList) expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
  });

  it.each(commandList.map(({ name }) => name))('%s --help shows usage, --json and an example', async (name) => {
    const { code, stdout, stderr } = await run(name, '--help');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`Usage: neuron-atlas ${name} [options]`);
    expect(stdout).toContain('--json');
    expect(stdout).toMatch(new RegExp(`Examples?:\n {2}neuron-atlas ${name}`));
  });

  it('ends with 2 for a command line that does not fit', async () => {
    for (const args of [['paint'], ['run'], ['sweeps', '--colour'], ['run', 'a.yaml', '--agents', 'many'], ['unit']]) {
      expect(await run(...args)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/^CLI_USAGE: .+\n {2}run the command with --help/) });
    }
  });

  it('ends with 1 for an error, which it says as code, message and what to do', async () => {
    await writeFile(join(folder, 'sweep.yaml'), 'model: { path: net.onnx }\nviews: { synthesis: [{ prior: fourier, objective: channel, stesp: 3 }] }\noutput: out\n');
    const { code, stdout, stderr } = await run('run', 'sweep.yaml');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toBe('SPEC_INVALID: sweep.yaml:2:60: views.synthesis[0].stesp: unknown key "stesp" (did you mean "steps"?)\n'
      + '  correct the fields named above; `neuron-atlas plan --schema` prints what a spec may hold\n');
  });

  it('says an error as one line of JSON with --json', async () => {
    const { code, stderr } = await run('plan', 'nowhere.yaml', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'CLI_FILE_NOT_FOUND', details: { what: 'spec' } } });
  });

  it('asks for set-up where it is not compiled', async () => {
    const lone = join(folder, 'lone', 'bin');
    await mkdir(lone, { recursive: true });
    await writeFile(join(folder, 'lone', 'package.json'), '{"type":"module"}');
    await copyFile(program, join(lone, 'neuron-atlas.js'));
    expect(await node([join(lone, 'neuron-atlas.js'), '--help'], folder)).toEqual({
      code: 1, stdout: '', stderr: 'CLI_NOT_BUILT: neuron-atlas is not compiled yet\n  run `npm run setup` in the folder of the project\n',
    });
  });
});

describe('errorText', () => {
  it('shows a fault of the program with its stack', () => {
    expect(errorText(new Error('unreachable: x'), false)).toMatch(/^CLI_FAULT: Error: unreachable: x\n {4}at [^]*\n {2}report this: it is a fault of the program\n$/);
  });
});
