import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { createLeadership } from './leadership.js';
import { lead, resign } from './store/lead.js';
import { spawnCoordinator, type Spawned } from './testing/spawn-coordinator.js';
import { testPostgres } from './testing/test-postgres.js';

const log = pino({ level: 'silent' });
const postgres = testPostgres();
const running: Spawned[] = [];
afterEach(async () => {
  for (const { child } of running) child.kill('SIGKILL');
  for (const { ended } of running.splice(0)) await ended;
});

describe('lead', () => {
  it('gives a role to one of many that ask at once, and to it again with the same term', async () => {
    const db = await postgres.database();
    const terms = await Promise.all(Array.from({ length: 10 }, (_, i) => lead(db, { role: 'queue', holder: `c${i}`, ttlMs: 60_000 })));
    expect(terms.filter((term) => term !== undefined)).toHaveLength(1);
    const first = terms.findIndex((term) => term !== undefined);
    expect(await lead(db, { role: 'queue', holder: `c${first}`, ttlMs: 60_000 })).toBe(terms[first]);
    expect(await lead(db, { role: 'queue', holder: 'other', ttlMs: 60_000 })).toBeUndefined();
  });

  it('passes on when its time is over, and raises the term', async () => {
    const db = await postgres.database();
    const next = { role: 'queue', holder: 'next', ttlMs: 60_000 } as const;
    await resign(db, { role: 'queue', holder: 'nobody' });
    expect(await lead(db, next)).toBeUndefined();
    const { rows: [now] } = await sql<{ holder: string; term: bigint }>`SELECT holder, term FROM leader`.execute(db);
    const { holder, term } = now!;
    await resign(db, { role: 'queue', holder });
    expect(await lead(db, next)).toBe(term + 1n);
    expect(await lead(db, { ...next, holder })).toBeUndefined();
  });
});

describe('createLeadership', () => {
  /** Two processes on one row that lasts for 100 of a clock which the test moves. */
  const two = () => {
    let time = 0;
    const row = { holder: '', term: 0n, expires: 0 };
    let broken = false;
    const process = (holder: string) => {
      const begun: string[] = [];
      const leadership = createLeadership({
        ttlMs: 100, everyMs: 1, now: () => time, log, onTerm: () => begun.push(holder),
        lead: async () => {
          if (broken) throw new Error('no database');
          if (row.holder !== holder && row.expires > time) return undefined;
          if (row.holder !== holder) Object.assign(row, { holder, term: row.term + 1n });
          row.expires = time + 100;
          return row.term;
        },
        resign: async () => { if (row.holder === holder) row.expires = time; },
      });
      return { ...leadership, begun };
    };
    return { process, break: (now: boolean) => { broken = now; }, pass: (by: number) => { time += by; } };
  };
  const rounds = async (count = 10): Promise<void> => { for (let i = 0; i < count; i++) await new Promise((resolve) => { setTimeout(resolve, 2); }); };

  it('ends here when its time is over, asked or not, and begins anew with a new term elsewhere', async () => {
    const world = two();
    const [a, b] = [world.process('a'), world.process('b')];
    const [stopA, stopB] = [new AbortController(), new AbortController()];
    const running = [a.run(stopA.signal)];
    await rounds();
    running.push(b.run(stopB.signal));
    await rounds();
    expect([a.leads(), b.leads(), a.begun, b.begun]).toEqual([true, false, ['a'], []]);
    world.break(true);
    world.pass(101);
    expect([a.leads(), b.leads()]).toEqual([false, false]);
    world.break(false);
    stopA.abort();
    await rounds();
    expect([a.leads(), b.leads(), b.begun]).toEqual([false, true, ['b']]);
    stopB.abort();
    await Promise.all(running);
    expect(b.leads()).toBe(false);
  });
});

describe('two coordinators on one database', () => {
  it('show the queue once, and go on showing it when the one that did is killed, and when the other one stops', async () => {
    const connection = await postgres.newDatabase();
    if ('url' in connection) throw new Error('expected parts');
    const { host, port, user, password, database } = connection;
    const start = (): Spawned => {
      const spawned = spawnCoordinator([
        '--database', `postgres://${user}:${encodeURIComponent(password)}@${host}:${port}/${database}`, '--metrics', '127.0.0.1:0', '--lease-ttl-ms', '1000', '--heartbeat-ms', '200',
      ]);
      running.push(spawned);
      return spawned;
    };
    /** Of each process: whether it says that it leads, and how many gauges of the queue it shows. */
    const seen = (all: readonly Spawned[]) => Promise.all(all.map(async ({ metrics }) => {
      const lines = (await (await fetch(`http://${await metrics}/metrics`)).text()).split('\n');
      expect(lines).toContain('neuronatlas_db_up 1');
      return { leads: lines.includes('neuronatlas_leader{role="queue"} 1'), gauges: lines.filter((line) => line.startsWith('neuronatlas_sweeps{')).length };
    }));
    const until = async (all: readonly Spawned[], leaders: number): Promise<number> => {
      for (;;) {
        const found = await seen(all);
        expect(found.filter(({ gauges }) => gauges > 0).length).toBeLessThanOrEqual(1);
        if (found.filter(({ leads, gauges }) => leads && gauges > 0).length === leaders) return found.findIndex(({ leads }) => leads);
        await sleep(50);
      }
    };
    const [a, b] = [start(), start()];
    const first = await until([a, b], 1);
    const [leader, other] = first === 0 ? [a, b] : [b, a];
    leader.child.kill('SIGKILL');
    await leader.ended;
    await until([other], 1);
    const third = start();
    await third.metrics;
    other.child.kill('SIGTERM');
    await other.ended;
    await until([third], 1);
  });
});
