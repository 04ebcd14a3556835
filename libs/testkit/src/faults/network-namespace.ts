import { spawnSync } from 'node:child_process';

export interface NetworkNamespace extends Disposable {
  /** Our address, as seen from inside. */
  readonly host: string;
  /** What comes before a command to run it inside. */
  readonly enter: readonly string[];
  /** Pulls the cable, or puts it back: nobody is told, packets just do not come. */
  connected(yes: boolean): void;
}

/** A network of its own with one cable to this one; undefined where the machine does not permit it. `n` keeps several apart, 0..63. */
export function openNamespace(n: number): NetworkNamespace | undefined {
  const name = `atlas-${process.pid}-${n}`;
  const [outside, inside] = [`at${process.pid % 100_000}o${n}`, `at${process.pid % 100_000}i${n}`];
  const subnet = `10.${64 + (process.pid % 128)}.${(process.pid >> 7) % 256}`;
  const [host, guest] = [`${subnet}.${4 * n + 1}`, `${subnet}.${4 * n + 2}`];
  const ip = (...args: string[]): boolean => spawnSync('ip', args, { stdio: 'ignore' }).status === 0;
  const remove = (): void => { ip('link', 'del', outside); ip('netns', 'del', name); };
  const made = ip('netns', 'add', name)
    && ip('link', 'add', outside, 'type', 'veth', 'peer', 'name', inside, 'netns', name)
    && ip('addr', 'add', `${host}/30`, 'dev', outside) && ip('link', 'set', outside, 'up')
    && ip('-n', name, 'addr', 'add', `${guest}/30`, 'dev', inside) && ip('-n', name, 'link', 'set', inside, 'up') && ip('-n', name, 'link', 'set', 'lo', 'up');
  if (!made) {
    remove();
    return undefined;
  }
  return {
    host,
    enter: ['ip', 'netns', 'exec', name],
    connected: (yes) => { ip('link', 'set', outside, yes ? 'up' : 'down'); },
    [Symbol.dispose]: remove,
  };
}
