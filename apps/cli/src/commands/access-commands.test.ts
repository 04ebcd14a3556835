import { describe, expect, it } from 'vitest';
import { fakeOutput, fakeWorld, type FakeSetting } from '../fake-world.fixture.js';
import { audit } from './audit.js';
import { token } from './token.js';

const signal = new AbortController().signal;
const usual = { action: 'list' as const, id: undefined, name: undefined, roles: [], days: 90, certificate: undefined, coordinator: undefined };

async function run(options: Partial<Parameters<typeof token.run>[0]['options']>, access: FakeSetting['access']) {
  const [world, out] = [fakeWorld({ access: access! }), fakeOutput()];
  await token.run({ options: { ...usual, ...options }, out, world, signal });
  return { calls: world.calls, lines: out.lines, documents: out.documents };
}

describe('token', () => {
  it('makes one and shows it once', async () => {
    const made = { tokenId: '0123456789ab', token: 'na_0123456789ab_secret', expiresAt: '2030-01-01T00:00:00.000Z' };
    const { calls, lines } = await run({ action: 'create', name: 'ci', roles: ['submitter'], days: 30 }, { createToken: () => made });
    expect(calls).toEqual([{ method: 'createToken', request: { name: 'ci', roles: ['submitter'], validDays: 30, certificate: '' } }]);
    expect(lines.join('\n')).toMatch(/na_0123456789ab_secret[\s\S]*this once/);
  });

  it('lists them without secrets, and revokes one', async () => {
    const one = { tokenId: 'aa', name: 'ci', roles: ['viewer', 'agent'], certificate: '', createdAt: 'a', expiresAt: 'b', revokedAt: '' };
    expect((await run({}, { listTokens: () => ({ tokens: [one] }) })).lines.join('\n')).toMatch(/aa\s+ci\s+viewer,agent/);
    expect((await run({ action: 'revoke', id: 'aa' }, { revokeToken: () => ({ revoked: true }) })).lines).toEqual(['revoked aa']);
    expect((await run({ action: 'revoke', id: 'aa' }, { revokeToken: () => ({ revoked: false }) })).lines).toEqual(['aa was revoked before']);
  });

  it.each([[{ action: 'create' as const }, /--name/], [{ action: 'create' as const, name: 'x' }, /--roles/], [{ action: 'revoke' as const }, /ID/]])('says what is missing: %j', async (options, words) => {
    await expect(run(options, {})).rejects.toMatchObject({ code: 'CLI_USAGE', message: expect.stringMatching(words) });
  });
});

describe('audit', () => {
  it('shows the last entries, one a line', async () => {
    const entries = [{ at: '2030-01-01T00:00:00.000Z', who: 'ada', roles: ['operator'], method: 'CancelSweep', subject: 'sw-0123456789', outcome: 'OK' }];
    const [world, out] = [fakeWorld({ access: { listAudit: () => ({ entries }) } }), fakeOutput()];
    await audit.run({ options: { last: 5, coordinator: undefined }, out, world, signal });
    expect(world.calls).toEqual([{ method: 'listAudit', request: { limit: 5 } }]);
    expect(out.lines.join('\n')).toMatch(/ada\s+operator\s+CancelSweep\s+sw-0123456789\s+OK/);
  });
});
