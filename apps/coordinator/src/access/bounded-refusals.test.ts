import { describe, expect, it } from 'vitest';
import type { AuditEntry } from './audit.js';
import { boundedRefusals } from './bounded-refusals.js';

const entry = (who: string, method = 'CancelSweep'): AuditEntry => ({ who, roles: [], method, subject: '', outcome: 'COORDINATOR_NOT_PERMITTED' });

function world() {
  let time = 0;
  const rows: AuditEntry[] = [];
  const refuse = boundedRefusals({ write: async (row) => { rows.push(row); } }, () => time);
  return { rows, refuse, pass: (ms: number) => { time += ms; } };
}

describe('boundedRefusals', () => {
  it('writes the first 60 of a minute, and how many more there were with the next one after it', async () => {
    const { rows, refuse, pass } = world();
    for (let i = 0; i < 5000; i++) await refuse(entry(''));
    expect(rows).toHaveLength(60);
    pass(60_000);
    await refuse(entry('', 'PauseSweep'));
    expect(rows.slice(60).map(({ method, outcome }) => [method, outcome])).toEqual([['', '4940 more refused'], ['PauseSweep', 'COORDINATOR_NOT_PERMITTED']]);
  });

  it('lets no caller hide another', async () => {
    const { rows, refuse } = world();
    for (let i = 0; i < 5000; i++) await refuse(entry(''));
    await refuse(entry('ada'));
    expect(rows.at(-1)).toEqual(entry('ada'));
  });

  it('writes no number where nothing was left out', async () => {
    const { rows, refuse, pass } = world();
    for (let i = 0; i < 3; i++) {
      await refuse(entry('ada'));
      pass(60_000);
    }
    expect(rows).toEqual([entry('ada'), entry('ada'), entry('ada')]);
  });
});
