import type { Role } from './roles.js';

/** Who makes a call. */
export interface Identity {
  /** Of the token, else the certificate's common name. */
  readonly name: string;
  readonly roles: readonly Role[];
  /** `local`: an open coordinator on the loopback address, where all may do all. */
  readonly by: 'token' | 'certificate' | 'local';
}

export const local: Identity = { name: 'local', roles: ['viewer', 'submitter', 'operator', 'agent'], by: 'local' };
