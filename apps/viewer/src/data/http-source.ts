import type { AtlasSource } from '@neuron-atlas/atlas';
import { errors } from '../errors.js';

/**
 * An atlas behind a web server or a bucket: objects by HTTP, parts of them by range.
 *
 * A server that does not know ranges and sends the whole object costs time, not correctness: the object is kept for the next
 * part. Errors: VIEWER_NOT_FOUND, VIEWER_REFUSED, VIEWER_UNREACHABLE.
 */
export function httpSource(base: URL): AtlasSource {
  const wholes = new Map<string, Promise<Uint8Array>>();

  const request = async (key: string, init: RequestInit): Promise<Response> => {
    const url = new URL(key.split('/').map(encodeURIComponent).join('/'), base);
    url.search = base.search;   // a token that the whole folder is signed with
    const response = await fetch(url, init).catch((cause: unknown) => {
      if (init.signal?.aborted === true) throw cause;
      throw errors.unreachable({ url: shown(url), reason: cause instanceof Error ? cause.message : String(cause) }, cause);
    });
    if (response.status === 404 || response.status === 410) throw errors.notFound({ url: shown(url) });
    if (!response.ok) throw errors.refused({ url: shown(url), status: response.status });
    return response;
  };
  const bytes = async (response: Response): Promise<Uint8Array> => new Uint8Array(await response.arrayBuffer());

  return {
    async get(key, range, signal) {
      const stop = signal === undefined ? {} : { signal };
      if (range === undefined) return bytes(await request(key, stop));
      if (range.end <= range.start) return new Uint8Array();
      const whole = wholes.get(key);
      if (whole !== undefined) return (await whole).subarray(range.start, range.end);
      const response = await request(key, { ...stop, headers: { range: `bytes=${range.start}-${range.end - 1}` } });
      if (response.status === 206) return bytes(response);
      const all = bytes(response);
      wholes.set(key, all);
      all.catch(() => wholes.delete(key));
      return (await all).subarray(range.start, range.end);
    },

    async stat(key, signal) {
      try {
        const response = await request(key, { method: 'HEAD', ...(signal === undefined ? {} : { signal }) });
        return { bytes: Number(response.headers.get('content-length') ?? 0) };
      } catch (error) {
        if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'VIEWER_NOT_FOUND') return undefined;
        throw error;
      }
    },
  };
}

/** An address without its query, which may hold a signature. */
const shown = (url: URL): string => `${url.origin}${url.pathname}`;
