import type { World } from '../world.js';

/** What a check found; `help` says what to do where it is not good. */
export interface Finding {
  readonly check: string;
  readonly verdict: 'good' | 'warning' | 'bad';
  readonly detail: string;
  readonly help?: string;
}

/** What doctor is to look at, beside the machine itself; what is not named is not looked at. */
export interface Subjects {
  /** HOST:PORT of a coordinator's gRPC. */
  readonly coordinator: string | undefined;
  /** http://HOST:PORT of the metrics port of a coordinator or an agent. */
  readonly operations: string | undefined;
  /** A folder or s3://bucket/prefix that results go to. */
  readonly output: string | undefined;
  /** The provider that an agent here should use. */
  readonly provider: string | undefined;
}

/** One thing that can be wrong with a deployment. Throws nothing: what it cannot find out is a finding. */
export interface Check {
  readonly name: string;
  readonly run: (context: { readonly world: Pick<World, 'env' | 'readBytes' | 'machine' | 'connect' | 'openStore' | 'fetch' | 'lookup' | 'now'>; readonly subjects: Subjects; readonly signal: AbortSignal }) => Promise<readonly Omit<Finding, 'check'>[]>;
}

export const defineCheck = (check: Check): Check => check;
