import { createPrivateKey, X509Certificate } from 'node:crypto';
import { defineCheck, type Finding } from './check.js';

type Findings = Omit<Finding, 'check'>[];

const dayMs = 86_400_000;
// cert-manager renews a month before the end: half of that is late.
const soonDays = 14;

const renew = 'renew it: with cert-manager look at the Certificate and its events, kubectl describe certificate';

/** The files that a command line or an agent here would show, and the authority that it would ask of the coordinator. */
export const certificates = defineCheck({
  name: 'certificate',
  run: async ({ world }) => {
    const files = { cert: world.env['NEURON_ATLAS_TLS_CERT'] ?? '', key: world.env['NEURON_ATLAS_TLS_KEY'] ?? '', ca: world.env['NEURON_ATLAS_TLS_CA'] ?? '' };
    if (Object.values(files).every((file) => file === '')) return [];
    const missing = Object.entries(files).flatMap(([name, file]) => (file === '' ? [`NEURON_ATLAS_TLS_${name.toUpperCase()}`] : []));
    if (missing.length > 0) return [{ verdict: 'bad', detail: `${missing.join(' and ')} ${missing.length > 1 ? 'are' : 'is'} not set beside the others`, help: 'name certificate, key and authority, or none of them' }];
    const findings: Findings = [];
    const read = async <T>(file: string, parse: (content: Uint8Array) => T): Promise<T | undefined> => {
      try {
        return parse(await world.readBytes(file, 'certificate file'));
      } catch (error) {
        findings.push({ verdict: 'bad', detail: `${file}: ${(error as Error).message}`, help: 'mount the Secret that cert-manager makes, and let this user read it' });
        return undefined;
      }
    };
    const authority = await read(files.ca, (content) => new X509Certificate(content));
    const own = await read(files.cert, (content) => new X509Certificate(content));
    const key = await read(files.key, (content) => createPrivateKey(Buffer.from(content)));
    for (const [what, certificate] of [['authority', authority], ['certificate', own]] as const) if (certificate !== undefined) findings.push(validity(what, certificate, Date.now()));
    if (own !== undefined && key !== undefined) {
      findings.push(own.checkPrivateKey(key) ? { verdict: 'good', detail: 'the key belongs to the certificate' } : { verdict: 'bad', detail: `${files.key} is not the key of ${files.cert}`, help: 'take both from one Secret' });
    }
    if (own !== undefined && authority !== undefined && !(own.checkIssued(authority) && own.verify(authority.publicKey))) {
      findings.push({ verdict: 'warning', detail: `${files.cert} was not issued by the authority in ${files.ca}`, help: 'right where each side has an authority of its own; otherwise the coordinator refuses it' });
    }
    return findings;
  },
});

function validity(what: string, certificate: X509Certificate, now: number): Findings[number] {
  const name = `${what} ${certificate.subject.replaceAll('\n', ', ')}`;
  const [from, to] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
  if (now < from) return { verdict: 'bad', detail: `${name} is valid from ${new Date(from).toISOString()} only`, help: 'set this machine\'s clock by NTP' };
  if (now > to) return { verdict: 'bad', detail: `${name} ended on ${new Date(to).toISOString()}`, help: renew };
  const days = Math.floor((to - now) / dayMs);
  return days < soonDays ? { verdict: 'warning', detail: `${name} ends in ${days} days`, help: renew } : { verdict: 'good', detail: `${name} is valid for ${days} days` };
}
