import { expect, it } from 'vitest';
import { coalesce } from './coalesce.js';

/** Work whose runs end when the test says so. */
function heldWork() {
  const begun: string[] = [];
  const ends: ((error?: Error) => void)[] = [];
  const call = coalesce((key) => new Promise<void>((resolve, reject) => {
    begun.push(key);
    ends.push((error) => (error === undefined ? resolve() : reject(error)));
  }));
  return { begun, call, end: (index: number, error?: Error) => { ends[index]!(error); } };
}

it('never lets a call share a run that began before it', async () => {
  const { begun, call, end } = heldWork();
  const first = call('a');
  const later = [call('a'), call('a'), call('a')];
  expect(begun).toEqual(['a']);
  end(0);
  await first;
  await Promise.resolve();
  await new Promise((resolve) => { setImmediate(resolve); });
  expect(begun).toEqual(['a', 'a']);
  end(1);
  await Promise.all(later);
  expect(begun).toEqual(['a', 'a']);
});

it('keeps keys apart', () => {
  const { begun, call } = heldWork();
  void call('a');
  void call('b');
  expect(begun).toEqual(['a', 'b']);
});

it('gives the error of a run to its callers alone', async () => {
  const { call, end } = heldWork();
  const first = call('a');
  const second = call('a');
  end(0, new Error('gone'));
  await expect(first).rejects.toThrow('gone');
  await new Promise((resolve) => { setImmediate(resolve); });
  end(1);
  await expect(second).resolves.toBeUndefined();
});
