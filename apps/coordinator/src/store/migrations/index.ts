import { sweepsAndShards } from './0001-sweeps-and-shards.js';

/** In order of their names; a database remembers which it has had. */
export const migrations: Readonly<Record<string, string>> = {
  '0001-sweeps-and-shards': sweepsAndShards,
};
