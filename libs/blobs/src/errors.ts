import { defineErrors } from '@neuron-atlas/errors';

interface Where { readonly url: string; readonly key: string }
const at = ({ url, key }: Where): string => (key === '' ? url : `${key} in ${url}`);

export const errors = defineErrors('BLOBS', {
  badUrl: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { url: string; problem: string }) => `${JSON.stringify(d.url)} does not name a store: ${d.problem}`,
    help: 'write a folder, file:///folder or s3://bucket/prefix',
  },
  badKey: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { key: string; problem: string }) => `key ${JSON.stringify(d.key)} ${d.problem}`,
    help: 'use relative keys such as units/conv1.parquet',
  },
  badRange: {
    grpc: 'OUT_OF_RANGE',
    message: (d: Where & { start: number; end: number }) => `${at(d)} has no bytes from ${d.start} to ${d.end}`,
    help: 'ask for a start inside the object and an end at or after it',
  },
  notFound: {
    grpc: 'NOT_FOUND',
    message: (d: Where & { what: string }) => `${d.what} ${at(d)} does not exist`,
    help: 'check the name; a bucket must exist before it is used',
  },
  denied: {
    grpc: 'PERMISSION_DENIED',
    message: (d: Where & { doing: string; reason: string }) => `not allowed to ${d.doing} ${at(d)}: ${d.reason}`,
    help: 'give this user the right, or check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_PROFILE for s3',
  },
  unreachable: {
    grpc: 'UNAVAILABLE',
    message: (d: Where & { doing: string; reason: string }) => `could not ${d.doing} ${at(d)}: ${d.reason}`,
    help: 'check the network and, for s3, AWS_ENDPOINT_URL_S3 and AWS_REGION; then run the same command again',
  },
  notWritable: {
    grpc: 'FAILED_PRECONDITION',
    message: (d: Where & { reason: string }) => `cannot write ${at(d)}: ${d.reason}`,
    help: 'choose another output, or make this one writable: rights, free space, and no file where a folder is needed',
  },
  failed: {
    grpc: 'INTERNAL',
    message: (d: Where & { doing: string; reason: string }) => `could not ${d.doing} ${at(d)}: ${d.reason}`,
    help: 'read the reason given by the file system or the store, and report it if it says nothing to you',
  },
});
