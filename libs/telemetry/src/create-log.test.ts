import { describe, expect, it } from 'vitest';
import { createLog } from './create-log.js';

/** A log whose lines are kept. */
const kept = (level = 'debug') => {
  const text: string[] = [];
  const log = createLog({ name: 'agent', level, fields: { agent: 'one' } }, { write: (line) => { text.push(line); } });
  return { log, text, lines: () => text.map((line) => JSON.parse(line) as Record<string, unknown>) };
};

describe('createLog', () => {
  it('writes one line of JSON an event, with what it is about and nothing below its level', () => {
    const { log, text, lines } = kept('info');
    log.child({ sweep: 'sw-1', shard: 'sw-1/3', fence: '7' }).info({ units: 4 }, 'shard\ncommitted');
    log.debug('not this');
    expect(text).toHaveLength(1);
    expect(text[0]).toMatch(/^[^\n]*\n$/);
    expect(lines()[0]).toMatchObject({ name: 'agent', agent: 'one', sweep: 'sw-1', shard: 'sw-1/3', fence: '7', units: 4, level: 30, msg: 'shard\ncommitted' });
  });

  it.each<[string, (log: ReturnType<typeof createLog>) => void]>([
    ['a password in an address', (log) => log.warn({ url: 'postgres://atlas:s3same@db:5432/x' }, 'no answer from postgres://atlas:s3same@db:5432/x')],
    ['a field that is called so', (log) => log.info({ aws: { secretAccessKey: 's3same', sessionToken: 's3same' }, password: 's3\\"s3same' }, 'x')],
    ['an error that a driver hangs its client on', (log) => log.error({ err: Object.assign(new Error('gone'), { client: { password: 's3same', host: 'db' } }) }, 'x')],
    ['the cause of an error', (log) => log.error({ err: new Error('outer', { cause: new Error('GET https://u:s3same@store/ failed') }) }, 'x')],
    ['a signed address', (log) => log.warn('GET https://b.s3/k?X-Amz-Credential=s3same%2Feu&X-Amz-Signature=s3same&x=1')],
    ['a header', (log) => log.warn('sent authorization: Bearer s3same.s3same.s3same')],
    ['a key file', (log) => log.warn({ detail: '-----BEGIN EC PRIVATE KEY-----\ns3same\n-----END EC PRIVATE KEY-----' }, 'x')],
  ])('keeps %s to itself', (_, write) => {
    const { log, text, lines } = kept();
    write(log);
    expect(text.join('')).not.toContain('s3same');
    expect(lines()).toHaveLength(1);
  });

  it('leaves alone what only looks like it', () => {
    const { log, lines } = kept();
    log.info({ place: 's3://bucket/prefix', layer: 'tokens', url: 'http://host:9464/metrics', mail: 'a@b' }, 'shard committed');
    expect(lines()[0]).toMatchObject({ place: 's3://bucket/prefix', layer: 'tokens', url: 'http://host:9464/metrics', mail: 'a@b' });
  });
});
