import type { Audit, AuditEntry } from './audit.js';

const most = 60;
const everyMs = 60_000;

interface Span { begunAt: number; written: number; left: number }

/**
 * Writes refused calls to the audit: of each caller the first 60 of a minute, then their number, with the first refusal
 * after it. Whoever is refused a thousand times a second fills no disk, and hides nobody else's refusals.
 */
export function boundedRefusals(audit: Pick<Audit, 'write'>, now: () => number): (entry: AuditEntry) => Promise<void> {
  // By who calls: names that the coordinator knows, and one for all that it does not.
  const spans = new Map<string, Span>();
  return async (entry) => {
    let span = spans.get(entry.who);
    if (span === undefined || now() - span.begunAt >= everyMs) {
      const { left } = span ?? { left: 0 };
      spans.set(entry.who, span = { begunAt: now(), written: 0, left: 0 });
      if (left > 0) await audit.write({ who: entry.who, roles: entry.roles, method: '', subject: '', outcome: `${left} more refused` });
    }
    if (span.written >= most) {
      span.left++;
      return;
    }
    span.written++;
    await audit.write(entry);
  };
}
