import { checkPrefix } from './check-key.js';
import { errors } from './errors.js';

/** A bucket and where in it: `prefix` is empty or ends in a slash. */
export interface S3Location {
  readonly bucket: string;
  readonly prefix: string;
}

/** Reads `s3://bucket/prefix`. Errors: BLOBS_BAD_URL. */
export function parseS3Location(url: string): S3Location {
  const [, bucket = '', path = ''] = /^s3:\/\/([^/]*)\/?(.*)$/is.exec(url) ?? [];
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) {
    throw errors.badUrl({ url, problem: `${JSON.stringify(bucket)} is not a bucket name (3 to 63 of a-z, 0-9, dot and hyphen)` });
  }
  if (/[?#]/.test(path)) throw errors.badUrl({ url, problem: 'it has a ? or #' });
  const prefix = path === '' || path.endsWith('/') ? path : `${path}/`;
  try {
    checkPrefix(prefix);
  } catch (error) {
    throw errors.badUrl({ url, problem: `the prefix ${(error as Error).message}` }, error);
  }
  return { bucket, prefix };
}
