import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../../apps/cli/bin/neuron-atlas.js', import.meta.url));

/** A shard of synthesis, and how long it took. */
export interface ShardTime {
  readonly view: number;
  readonly seconds: number;
}

/** Runs a sweep in a folder of its own, `atlas` in it, and says how long its shards of synthesis took. */
export async function runSpec(folder: string, spec: Readonly<Record<string, unknown>>): Promise<readonly ShardTime[]> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'sweep.yaml'), `${JSON.stringify({ ...spec, output: join(folder, 'atlas') }, undefined, 1)}\n`);
  const child = spawn(process.execPath, [program, 'run', 'sweep.yaml'], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  const code = await new Promise((resolve) => { child.once('close', resolve); });
  if (code !== 0) throw new Error(`the sweep in ${folder} ended with code ${String(code)}`);
  return shardTimes(join(folder, '.neuron-atlas', 'logs'));
}

/** Of the logs of a local sweep. */
export async function shardTimes(folder: string): Promise<readonly ShardTime[]> {
  const views = new Map<string, number>();
  const ended = new Map<string, number>();
  for (const name of (await readdir(folder)).filter((file) => file.startsWith('agent'))) {
    for (const line of (await readFile(join(folder, name), 'utf8')).split('\n')) {
      if (!line.includes('"shard begun"') && !line.includes('"shard committed"')) continue;
      const { shard, stage, view, seconds } = JSON.parse(line) as { readonly shard: string; readonly stage?: string; readonly view: number; readonly seconds: number };
      if (stage === undefined) ended.set(shard, seconds);
      else if (stage === 'synthesis') views.set(shard, view);
    }
  }
  return [...views].flatMap(([shard, view]) => { const seconds = ended.get(shard); return seconds === undefined ? [] : [{ view, seconds }]; });
}
