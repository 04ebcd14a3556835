import { Logger, quickAddJob, run, runMigrations } from 'graphile-worker';
import pg from 'pg';
import PgBoss from 'pg-boss';

export interface Rival {
  readonly name: string;
  readonly promise: string;
  /** Jobs a second fetched and completed one by one, by `workers` at once, `jobs` in all. */
  rate(url: string, workers: number, jobs: number): Promise<number>;
}

const pgBoss: Rival = {
  name: 'pg-boss 10.4.2',
  promise: 'completes by job id and state: a late worker completes another\'s attempt',
  rate: async (url, workers, jobs) => {
    const boss = new PgBoss({ connectionString: url, max: 16, supervise: false, schedule: false });
    await boss.start();
    await boss.createQueue('bench');
    for (let from = 0; from < jobs; from += 5000) {
      await boss.insert(Array.from({ length: Math.min(5000, jobs - from) }, (_, i) => ({ name: 'bench', data: { i: from + i } })));
    }
    const begun = performance.now();
    let done = 0;
    await Promise.all(Array.from({ length: workers }, async () => {
      for (;;) {
        const [job] = await boss.fetch('bench');
        if (job === undefined) return;
        await boss.complete('bench', job.id);
        done++;
      }
    }));
    const rate = done / ((performance.now() - begun) / 1000);
    await boss.stop({ graceful: false, wait: true });
    if (done !== jobs) throw new Error(`pg-boss did ${done} of ${jobs} jobs`);
    return rate;
  },
};

/** It says a line for every job otherwise. */
const silent = new Logger(() => () => {});

const graphileWorker: Rival = {
  name: 'graphile-worker 0.16.6',
  promise: 'completes by job id: a late worker deletes the job that another runs',
  rate: async (url, workers, jobs) => {
    await runMigrations({ connectionString: url, logger: silent });
    await quickAddJob({ connectionString: url, logger: silent }, 'bench', {});
    const pool = new pg.Pool({ connectionString: url, max: 16 });
    await pool.query(`SELECT graphile_worker.add_job('bench', json_build_object('i', i)) FROM generate_series(2, $1) AS i`, [jobs]);
    let done = 0;
    let finished: () => void = () => {};
    const all = new Promise<void>((resolve) => { finished = resolve; });
    const begun = performance.now();
    const runner = await run({
      pgPool: pool, concurrency: workers, noHandleSignals: true, pollInterval: 50,
      taskList: { bench: () => { if (++done === jobs) finished(); } },
      logger: silent,
    });
    await all;
    const rate = done / ((performance.now() - begun) / 1000);
    await runner.stop();
    await pool.end();
    return rate;
  },
};

/** The job queues on PostgreSQL that people would take instead, in the versions that run on Node 20. */
export const rivals: readonly Rival[] = [pgBoss, graphileWorker];
