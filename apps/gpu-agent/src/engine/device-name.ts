import { readdir, readFile } from 'node:fs/promises';
import { cpus } from 'node:os';

/** The device of a provider in words, for people who look at the list of agents. */
export async function deviceName(provider: string): Promise<string> {
  if (provider === 'cuda') return (await nvidiaNames()).join(', ') || 'a CUDA device';
  if (provider !== 'cpu') return `a device of ${provider}`;
  const all = cpus();
  return all[0] === undefined ? 'a processor' : `${all[0].model.trim()} × ${all.length}`;
}

/** What the driver on Linux says; elsewhere, and in containers that hide it, nothing. */
async function nvidiaNames(): Promise<readonly string[]> {
  const folder = '/proc/driver/nvidia/gpus';
  const buses = await readdir(folder).catch(() => []);
  const texts = await Promise.all(buses.map((bus) => readFile(`${folder}/${bus}/information`, 'utf8').catch(() => '')));
  return texts.flatMap((text) => /^Model:\s*(.+)$/m.exec(text)?.[1]?.trim() ?? []);
}
