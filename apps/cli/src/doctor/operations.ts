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
        return findings;
      }
    }
    try {
      const { text } = await world.fetch(`${subjects.operations}/metrics`, signal);
      return [...findings, ...told(text, (await world.machine()).version)];
    } catch (error) {
      return [...findings, { verdict: 'bad', detail: `/metrics is not reached: ${(error as Error).message}`, help: 'correct the address' }];
    }
  },
});

/** What its metrics say: which version it is, and whether it reaches its database. */
function told(metrics: string, own: string): Omit<Finding, 'check'>[] {
  const findings: Omit<Finding, 'check'>[] = [];
  const [, component, version] = /^neuronatlas_build_info\{component="(\w+)",version="([^"]+)"\}/m.exec(metrics) ?? [];
  if (component === undefined || version === undefined) return [{ verdict: 'bad', detail: '/metrics is not that of a coordinator or an agent', help: 'correct the address' }];
  findings.push(version === own ? { verdict: 'good', detail: `${component} of version ${version}` } : { verdict: 'warning', detail: `${component} of version ${version}, here is ${own}`, help: 'take a command line of the same version' });
  const database = /^neuronatlas_db_up ([01])$/m.exec(metrics)?.[1];
  if (database === '1') findings.push({ verdict: 'good', detail: 'reaches its database' });
  if (database === '0') findings.push({ verdict: 'bad', detail: 'does not reach its database', help: 'look at its log; is PostgreSQL there, its address right, and no policy in between?' });
  return findings;
}
