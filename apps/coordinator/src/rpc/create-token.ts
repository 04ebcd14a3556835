import type { AccessServiceImplementation } from '@neuron-atlas/proto';
import { roles, type Role } from '../access/roles.js';
import { errors } from '../errors.js';
import type { Deps } from './deps.js';
import { text, words } from './fields.js';

const mostDays = 3650;

export const createToken = ({ tokens }: Pick<Deps, 'tokens'>): AccessServiceImplementation['createToken'] =>
  async (request) => {
    if (request.roles.length === 0) throw errors.badRequest({ field: 'roles', reason: 'a token without a role may do nothing' });
    if (request.validDays < 1 || request.validDays > mostDays) throw errors.badRequest({ field: 'valid_days', reason: `${request.validDays} is not from 1 to ${mostDays}` });
    const { token, secret } = await tokens.create({
      name: text('name', request.name), certificate: words('certificate', request.certificate), validDays: request.validDays,
      roles: [...new Set(request.roles.map(roleOf))],
    });
    return { tokenId: token.id, token: secret, expiresAt: token.expiresAt.toISOString() };
  };

function roleOf(name: string): Role {
  const role = roles.find((one) => one === name);
  if (role === undefined) throw errors.badRequest({ field: 'roles', reason: `${name.slice(0, 50)} is none of ${roles.join(', ')}` });
  return role;
}
