import { defineCheck, type Finding } from './check.js';

// Signatures of S3 and the validity of certificates allow for minutes; beyond one something is wrong with a clock.
const mostSkewMs = 60_000;

export const operations = defineCheck({
  name: 'operations',
  run: async ({ world, subjects, signal }) => {
    if (subjects.operations === undefined) return [];
    const findings: Omit<Finding, 'check'>[] = [];
    for (const probe of ['livez', 'readyz']) {
      try {
        const { status, text, date } = await world.fetch(`${subjects.operations}/${probe}`, signal);
        findings.push(status === 200 ? { verdict: 'good', detail: `/${probe} is ok` } : { verdict: 'bad', detail: `/${probe} answers ${status}: ${text.trim()}`, help: 'its words say what is missing: the database, a session, or it is being stopped' });
        if (probe === 'livez' && date !== undefined) {
          const skewMs = Math.abs(date.getTime() - Date.now());
          // The header counts whole seconds.
          findings.push(skewMs > mostSkewMs ? { verdict: 'bad', detail: `its clock and this one differ by ${Math.round(skewMs / 1000)} s`, help: 'let both machines keep time by NTP' } : { verdict: 'good', detail: 'its clock agrees with this one' });
        }
      } catch (error) {
        findings.push({ verdict: 'bad', detail: `/${probe} is not reached: ${(error as Error).message}`, help: 'start the process with --metrics, or correct the address' });
        break;
      }
    }
    return findings;
  },
});
