import type { CoordinatorClient } from './coordinator-client.js';
import { coordinatorAddress } from './option.js';
import type { World } from './world.js';

/** Does something with the coordinator that the flag, the environment or the default names. */
export async function withCoordinator<T>(world: Pick<World, 'connect' | 'env'>, flag: string | undefined, work: (client: CoordinatorClient) => Promise<T>): Promise<T> {
  const client = await world.connect(coordinatorAddress(flag, world.env));
  try {
    return await work(client);
  } finally {
    client.close();
  }
}
