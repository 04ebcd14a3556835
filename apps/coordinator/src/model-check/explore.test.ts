import { expect, it } from 'vitest';
import { explore } from './explore.js';
import { initialState, type Rules } from './lease-protocol.js';

const correct: Rules = { checksFence: true, checksSession: true, raisesFence: true, remembersRequests: true, asksWithCommits: false };

it('keeps every promise in every interleaving of two agents, two shards and two faults, and can always still finish', { timeout: 240_000 }, () => {
  const found = explore(initialState(2, 2, 2), correct);
  expect(found.broken).toBeUndefined();
  expect(found.stuck).toBe(0);
  expect(found.states).toBe(236_636); // two faults anywhere: another number means that the protocol has other moves now
});

it('keeps them where agents ask for more with a commit, in every interleaving with one fault', { timeout: 240_000 }, () => {
  const found = explore(initialState(2, 2, 1), { ...correct, asksWithCommits: true });
  expect(found.broken).toBeUndefined();
  expect(found.stuck).toBe(0);
  expect(found.states).toBe(59_701);
});

it('needs no check of the session for safety: the fence alone keeps zombies out', () => {
  expect(explore(initialState(2, 2, 1), { ...correct, checksSession: false }).broken).toBeUndefined();
});

it('finds the late call that completes a newer claim, where completion goes by shard and state alone', () => {
  const { broken } = explore(initialState(2, 2, 2), { ...correct, checksFence: false, checksSession: false });
  expect(broken?.promise).toBe('no call under an old claim changes a shard');
  expect(broken?.trace.at(-1)).toMatch(/arrives$/);
});

it('finds that the session does not stand in for the fence: an agent may hold a shard twice', () => {
  expect(explore(initialState(2, 2, 2), { ...correct, checksFence: false }).broken?.promise).toBe('no call under an old claim changes a shard');
});

it('finds that a fence which does not rise with the claim is none', () => {
  expect(explore(initialState(2, 2, 2), { ...correct, raisesFence: false }).broken?.promise).toBe('no call under an old claim changes a shard');
});

it('finds that a repeated call takes more and more, where requests are not remembered', () => {
  expect(explore(initialState(2, 2, 2), { ...correct, asksWithCommits: true, remembersRequests: false }).broken?.promise).toBe('a request is given work once');
});
