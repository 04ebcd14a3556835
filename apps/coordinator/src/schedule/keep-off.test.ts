import { describe, expect, it } from 'vitest';
import { keptOff } from './keep-off.js';

const shard = (seq: number, failedNodes: readonly string[], plugins: readonly string[] = []) => ({ sweepId: 's', seq, failedNodes, plugins });
const working = [{ node: 'n1', plugins: ['p'] }, { node: 'n2', plugins: [] }];
const seqs = (node: string, failed: Parameters<typeof keptOff>[0], agents = working): readonly number[] => keptOff(failed, node, agents).map(({ seq }) => seq);

describe('keptOff', () => {
  it('keeps a shard off the node that failed it while an agent works on another', () => {
    expect(seqs('n1', [shard(1, ['n1']), shard(2, ['n2'])])).toEqual([1]);
    expect(seqs('n2', [shard(1, ['n1']), shard(2, ['n2'])])).toEqual([2]);
  });

  it('lets it be tried where it failed when it failed everywhere, or nobody else works', () => {
    expect(seqs('n1', [shard(1, ['n1', 'n2'])])).toEqual([]);
    expect(seqs('n1', [shard(1, ['n1'])], [{ node: 'n1', plugins: [] }])).toEqual([]);
  });

  it('waits for nobody who lacks what the shard needs', () => {
    expect(seqs('n1', [shard(1, ['n1'], ['p'])])).toEqual([]);
    expect(seqs('n2', [shard(1, ['n2'], ['p'])])).toEqual([1]);
  });
});
