import type { AccessServiceImplementation } from '@neuron-atlas/proto';
import type { Deps } from './deps.js';

export const listTokens = ({ tokens }: Pick<Deps, 'tokens'>): AccessServiceImplementation['listTokens'] =>
  async () => ({
    tokens: (await tokens.list()).map(({ id, name, roles, certificate, createdAt, expiresAt, revokedAt }) => ({
      tokenId: id, name, roles: [...roles], certificate, createdAt: createdAt.toISOString(), expiresAt: expiresAt.toISOString(), revokedAt: revokedAt?.toISOString() ?? '',
    })),
  });
