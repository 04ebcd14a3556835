import { pino } from 'pino';
import { expect, it } from 'vitest';
import type { HeartbeatResponse } from '@neuron-atlas/proto';
import type { CoordinatorLink } from './coordinator-link.js';
import { fakeClock } from './fake-clock.fixture.js';
import { LeaseSession } from './lease-session.js';
import { nobody } from './observer.js';
import { defaultTiming } from './timing.js';

const lease = { shardId: 's1', sweepId: 'sweep-1', fence: 1n, taskJson: '', attempt: 1, traceParent: '', finished: [] };
const clock = fakeClock();

/** A session that was asked for at 0 and lives for 1000 ms without a heartbeat; they are sent at once and answered by hand. */
function world() {
  const answers: ((response: HeartbeatResponse) => void)[] = [];
  const once = () => new Promise<HeartbeatResponse>((resolve) => { answers.push(resolve); });
  const session = new LeaseSession({
    terms: { session: 'se-1', askedAt: 0, leaseTtlMs: 1000, heartbeatEveryMs: 1 }, link: { once } as unknown as CoordinatorLink,
    log: pino({ level: 'silent' }), timing: defaultTiming, random: () => 0, observer: nobody,
  });
  const answered = async (at: number): Promise<void> => {
    while (answers.length === 0) await new Promise(setImmediate);
    clock.now = at;
    answers.shift()!({ directives: [], leaseTtlMs: 1000, sessionLost: false });
    for (let i = 0; i < 10; i++) await new Promise(setImmediate);
  };
  return { session, answered };
}

it('trusts a lease no longer than the session that it was given to, however late it was given', () => {
  const { session } = world();
  clock.pass(700);
  const held = session.hold(lease);
  clock.pass(99);
  expect(held.signal.aborted).toBe(false);
  clock.pass(10);
  expect(held.signal.reason).toMatchObject({ reason: 'fenced' });
});

it('trusts it from when the last heartbeat was sent that was answered, not from its answer', async () => {
  const { session, answered } = world();
  clock.now = 200; // when the first one is sent
  await answered(500);
  const held = session.hold(lease);
  clock.pass(490);
  expect(held.signal.aborted).toBe(false);
  clock.pass(20);
  expect(held.signal.aborted).toBe(true);
});
