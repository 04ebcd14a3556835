import { errors } from './errors.js';

export interface HostPort {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
}

/** `127.0.0.1:9464`, `[::]:9464`, `localhost:0`. Errors: TELEMETRY_BAD_ADDRESS. */
export function parseHostPort(text: string): HostPort {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined || Number(match![3]) > 65_535) throw errors.badAddress({ listen: text });
  return { host, port: Number(match![3]) };
}
