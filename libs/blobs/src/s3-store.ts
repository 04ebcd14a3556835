import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteObjectCommand, GetObjectCommand, HeadObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { isAtlasError } from '@neuron-atlas/errors';
import type { BlobStore, LargeContent } from './blob-store.js';
import { checkKey, checkPrefix } from './check-key.js';
import { errors } from './errors.js';
import { isNamed, isPassing, s3Error, statusOf, type Doing } from './s3-error.js';
import { parseS3Location } from './s3-location.js';

export interface S3Options {
  /** @default AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, or that of AWS */
  readonly endpoint?: string;
  /** @default AWS_REGION, or us-east-1 where an endpoint is given */
  readonly region?: string;
}

/** Times that a request is made before its failure counts; the pauses between them double. */
const attempts = 4;
const firstPauseMs = 100;

/**
 * A bucket, or a prefix in one, as a store; credentials come from where the AWS SDK looks for them.
 *
 * `ifAbsent` is If-None-Match where the server knows it. Where it does not, a second writer of a key overwrites the first:
 * harmless, since such keys are named by their content.
 */
export function createS3Store(url: string, options: S3Options = {}): BlobStore {
  const { bucket, prefix } = parseS3Location(url);
  const endpoint = options.endpoint ?? process.env['AWS_ENDPOINT_URL_S3'] ?? process.env['AWS_ENDPOINT_URL'];
  const region = options.region ?? (process.env['AWS_REGION'] === undefined && endpoint !== undefined ? 'us-east-1' : undefined);
  const client = new S3Client({
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    ...(region === undefined ? {} : { region }),
    // Stores other than AWS answer 411 to the SDK's own checksum trailers.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: attempts,
    requestHandler: { connectionTimeout: 5_000, socketTimeout: 60_000 },
  });
  const nameOf = (key: string): { readonly Bucket: string; readonly Key: string } => {
    checkKey(key);
    return { Bucket: bucket, Key: `${prefix}${key}` };
  };

  /** Sends a request; an abort gives the signal's reason, any other failure a catalogued error. */
  async function guard<T>(key: string, doing: Doing, signal: AbortSignal | undefined, act: (abort: { abortSignal?: AbortSignal }) => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    try {
      return await act(signal === undefined ? {} : { abortSignal: signal });
    } catch (error) {
      signal?.throwIfAborted();
      if (isAtlasError(error)) throw error;
      throw s3Error(error, { url, key }, doing);
    }
  }

  async function sizeOf(key: string, signal: AbortSignal | undefined): Promise<{ bytes: number; etag: string } | undefined> {
    const name = nameOf(key);
    return guard(key, 'read', signal, async (abort) => {
      const head = await client.send(new HeadObjectCommand(name), abort).catch((error: unknown) => {
        if (statusOf(error) === 404) return undefined;
        throw error;
      });
      return head === undefined ? undefined : { bytes: head.ContentLength ?? 0, etag: head.ETag ?? '' };
    });
  }

  /** In parts, one at a time and each repeated by itself; nothing is there before all are, and nothing stays of an upload that fails. */
  async function putParts(key: string, { bytes, chunks }: LargeContent, contentType: string | undefined, signal: AbortSignal | undefined): Promise<'written'> {
    const name = nameOf(key);
    return guard<'written'>(key, 'write', signal, async () => {
      const stop = new AbortController();
      const whole = async function* (): AsyncIterable<Uint8Array> {
        let sent = 0;
        for await (const chunk of chunks(stop.signal)) {
          sent += chunk.length;
          yield chunk;
        }
        if (sent !== bytes) throw errors.notWritable({ url, key, reason: `its content came to ${sent} of ${bytes} bytes` });
      };
      const upload = new Upload({
        client, abortController: stop, queueSize: 1, partSize: partBytes(bytes),
        params: { ...name, Body: Readable.from(whole(), { objectMode: false }), ContentLength: bytes, ...(contentType === undefined ? {} : { ContentType: contentType }) },
      });
      const end = (): void => { stop.abort(signal?.reason); };
      signal?.addEventListener('abort', end, { once: true });
      try {
        await upload.done();
        return 'written';
      } finally {
        signal?.removeEventListener('abort', end);
      }
    });
  }

  const store: BlobStore = {
    url,
    stat: sizeOf,

    async putLarge(key, content, putOptions, signal) {
      // Named by their content, as whatever is only to be written once is: a second writer changes nothing.
      if (putOptions?.ifAbsent === true && (await sizeOf(key, signal)) !== undefined) return 'existed';
      if (content.bytes > smallestPart) return putParts(key, content, putOptions?.contentType, signal);
      const pieces: Uint8Array[] = [];
      for await (const piece of content.chunks(signal)) pieces.push(piece);
      return store.put(key, Buffer.concat(pieces), putOptions, signal);
    },

    async get(key, range, signal) {
      const name = nameOf(key);
      if (range !== undefined && !(range.start >= 0 && range.start <= range.end)) throw errors.badRange({ url, key, ...range });
      // HTTP cannot ask for no bytes, nor for those behind the end of an empty object.
      if (range?.start === range?.end && range !== undefined) return noBytes(key, range, signal);
      const asked = range === undefined ? {} : { Range: `bytes=${range.start}-${range.end - 1}` };
      return guard(key, 'read', signal, async (abort) => {
        // The SDK repeats a request, but not one whose answer breaks off in its body.
        for (let attempt = 1; ; attempt++) {
          try {
            const { Body } = await client.send(new GetObjectCommand({ ...name, ...asked }), abort);
            return (await Body?.transformToByteArray()) ?? new Uint8Array(0);
          } catch (error) {
            if (range !== undefined && statusOf(error) === 416) return noBytes(key, range, signal);
            if (attempt >= attempts || statusOf(error) !== undefined || !isPassing(error)) throw error;
            await pause(attempt, signal);
          }
        }
      });
    },

    async put(key, data, putOptions, signal) {
      const name = nameOf(key);
      const object = { ...name, Body: data, ContentLength: data.length, ...(putOptions?.contentType === undefined ? {} : { ContentType: putOptions.contentType }) };
      return guard(key, 'write', signal, async (abort) => {
        if (putOptions?.ifAbsent !== true) {
          await client.send(new PutObjectCommand(object), abort);
          return 'written';
        }
        for (let attempt = 1; ; attempt++) {
          try {
            await client.send(new PutObjectCommand({ ...object, IfNoneMatch: '*' }), abort);
            return 'written';
          } catch (error) {
            if (statusOf(error) === 412) return 'existed';
            if (statusOf(error) === 501) {   // a store that refuses the condition
              if ((await sizeOf(key, signal)) !== undefined) return 'existed';
              await client.send(new PutObjectCommand(object), abort);
              return 'written';
            }
            // Another conditional write of the key is under way.
            if (statusOf(error) !== 409 || attempt >= attempts) throw error;
            await pause(attempt, signal);
          }
        }
      });
    },

    async delete(key, signal) {
      const name = nameOf(key);
      await guard(key, 'delete', signal, async (abort) => {
        await client.send(new DeleteObjectCommand(name), abort).catch((error: unknown) => {
          if (!isNamed(error, 'NoSuchKey')) throw error;
        });
      });
    },

    async *list(wanted, signal) {
      checkPrefix(wanted);
      let from: string | undefined;
      do {
        const page = await guard(wanted, 'list', signal, (abort) => client.send(new ListObjectsV2Command({
          Bucket: bucket, Prefix: `${prefix}${wanted}`, ...(from === undefined ? {} : { ContinuationToken: from }),
        }), abort));
        for (const { Key } of page.Contents ?? []) if (Key !== undefined) yield Key.slice(prefix.length);
        from = page.IsTruncated === true ? page.NextContinuationToken : undefined;
      } while (from !== undefined);
    },
  };
  return store;

  async function noBytes(key: string, range: { readonly start: number; readonly end: number }, signal: AbortSignal | undefined): Promise<Uint8Array> {
    const found = await sizeOf(key, signal);
    if (found === undefined) throw errors.notFound({ url, key, what: 'object' });
    if (range.start > found.bytes) throw errors.badRange({ url, key, ...range });
    return new Uint8Array(0);
  }
}

/** What one part holds: S3 takes 10,000 of them. */
const smallestPart = 2 ** 25;
const partBytes = (bytes: number): number => Math.max(smallestPart, Math.ceil(bytes / 10_000));

async function pause(attempt: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(firstPauseMs * 2 ** (attempt - 1), undefined, signal === undefined ? {} : { signal });
}
