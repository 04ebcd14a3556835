import { defineCommand } from '../command.js';
import { errors } from '../errors.js';
import { coordinatorOption, optionalText, wholeNumber, WrongValue } from '../option.js';
import { table } from '../table.js';
import { withCoordinator } from '../with-coordinator.js';

const actions = ['create', 'list', 'revoke'] as const;
type Action = (typeof actions)[number];

const roleList = (raw: string | undefined): readonly string[] => (raw ?? '').split(',').map((role) => role.trim()).filter((role) => role !== '');

export const token = defineCommand<{ action: Action; id: string | undefined; name: string | undefined; roles: readonly string[]; days: number; certificate: string | undefined; coordinator: string | undefined }>({
  name: 'token',
  summary: 'Make, list and revoke the tokens by which callers of a coordinator are known; for operators.',
  examples: ['token create --name ci --roles submitter --days 30', 'token list', 'token revoke 0123456789ab'],
  options: {
    action: {
      argument: 'ACTION', doc: 'create, list or revoke.',
      parse: (raw) => {
        const action = actions.find((one) => one === raw);
        if (action === undefined) throw new WrongValue(`is "${raw ?? ''}", expected one of ${actions.join(', ')}`);
        return action;
      },
    },
    id: { argument: '[ID]', doc: 'The token to revoke.', parse: optionalText },
    name: { flag: '--name NAME', doc: 'Whose it is: in the audit and in logs.', parse: optionalText },
    roles: { flag: '--roles LIST', doc: 'viewer, submitter, operator or agent, with commas.', parse: roleList },
    days: { flag: '--days N', doc: 'How long it is valid (default: 90).', parse: wholeNumber(1, 3650, 90) },
    certificate: { flag: '--certificate NAME', doc: 'Valid only beside a client certificate of this common name: of no use to whoever copies it.', parse: optionalText },
    coordinator: coordinatorOption,
  },
  run: ({ options, out, world, signal }) => withCoordinator(world, options.coordinator, async ({ access }) => {
    if (options.action === 'list') {
      const { tokens } = await access.listTokens({}, { signal });
      out.document({ tokens }, () => (tokens.length === 0 ? ['no tokens'] : table(['token', 'name', 'roles', 'certificate', 'until', 'revoked'],
        tokens.map(({ tokenId, name, roles, certificate, expiresAt, revokedAt }) => [tokenId, name, roles.join(','), certificate, expiresAt, revokedAt]))));
    } else if (options.action === 'revoke') {
      if (options.id === undefined) throw errors.usage({ problem: 'ID must be given', command: 'token' });
      const { revoked } = await access.revokeToken({ tokenId: options.id }, { signal });
      out.document({ tokenId: options.id, revoked }, () => [revoked ? `revoked ${options.id!}` : `${options.id!} was revoked before`]);
    } else {
      if (options.name === undefined) throw errors.usage({ problem: '--name must be given', command: 'token' });
      if (options.roles.length === 0) throw errors.usage({ problem: '--roles must be given', command: 'token' });
      const made = await access.createToken({ name: options.name, roles: [...options.roles], validDays: options.days, certificate: options.certificate ?? '' }, { signal });
      out.document(made, () => [`token    ${made.token}`, `id       ${made.tokenId}`, `until    ${made.expiresAt}`, 'it is shown this once: the coordinator keeps a hash']);
    }
  }),
});
