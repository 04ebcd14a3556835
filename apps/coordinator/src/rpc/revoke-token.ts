import type { AccessServiceImplementation } from '@neuron-atlas/proto';
import { errors } from '../errors.js';
import type { Deps } from './deps.js';
import { text } from './fields.js';

export const revokeToken = ({ tokens }: Pick<Deps, 'tokens'>): AccessServiceImplementation['revokeToken'] =>
  async ({ tokenId }) => {
    const revoked = await tokens.revoke(text('token_id', tokenId, 40));
    if (revoked === undefined) throw errors.tokenNotFound({ tokenId });
    return { revoked };
  };
