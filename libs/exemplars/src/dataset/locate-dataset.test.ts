import { describe, expect, it } from 'vitest';
import { locateDataset } from './locate-dataset.js';

/** Stores in which only these files are. */
const stores = (...files: readonly string[]) => async (url: string) => ({ stat: async (key: string) => (files.includes(`${url}/${key}`) ? { bytes: 1, etag: '' } : undefined) });

describe('locateDataset', () => {
  it.each([
    ['/data/pictures', { folder: '/data/pictures' }],
    ['/data/train.tar', { folder: '/data', files: 'train.tar' }],
    ['/data/spark.parquet', { folder: '/data/spark.parquet' }],
    ['s3://bucket/train.parquet', { folder: 's3://bucket', files: 'train.parquet' }],
    ['s3://bucket/a/train-*.tar', { folder: 's3://bucket/a', files: 'train-*.tar' }],
    ['/data/*/train-??.parquet', { folder: '/data', files: '*/train-??.parquet' }],
    ['/*.tar', { folder: '/', files: '*.tar' }],
  ])('reads %s', async (location, wanted) => {
    expect(await locateDataset(location, stores('/data/train.tar', 's3://bucket/train.parquet'))).toEqual(wanted);
  });
});
