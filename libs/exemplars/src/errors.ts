import { defineErrors } from '@neuron-atlas/errors';

export const errors = defineErrors('EXEMPLARS', {
  badPlace: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { place: readonly number[]; shape: readonly number[] }) => `[${d.place.join(', ')}] is no place of a value of shape [${d.shape.join(', ')}]`,
    help: 'give an index from 0 for every axis of the value, below its length',
  },
  badTally: {
    grpc: 'DATA_LOSS',
    message: (d: { name: string; problem: string }) => `${d.name} is damaged or no tally: ${d.problem}`,
    help: 'run the sweep again into the same output, or copy the file again from where it came',
  },
  badPicture: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { id: string; reason: string }) => `${d.id} cannot be read as a picture: ${d.reason}`,
    help: 'mend or remove the file; the sweep goes on without it and names it among the skipped samples',
  },
  emptyDataset: {
    grpc: 'NOT_FOUND',
    message: (d: { path: string }) => `there is no picture in ${d.path}`,
    help: 'name a folder that holds pictures (jpg, png, webp, gif, tiff, avif, bmp), WebDataset shards (tar) or Parquet files, itself or in folders below it',
  },
  mixedDataset: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { path: string; one: string; other: string; key: string }) => `${d.path} holds files of two kinds, ${d.one} and ${d.other} (${d.key})`,
    help: 'say which are the data set: dataset.format, or a pattern such as shards/train-*.tar as dataset.path',
  },
  unknownFormat: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { format: string; known: readonly string[] }) => `no data set has the format ${d.format}; known are: ${d.known.join(', ')}`,
    help: 'name one of these as dataset.format, or none: then the files decide',
  },
  packedShard: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { shard: string }) => `${d.shard} is a compressed tar: no sample in it can be read without unpacking all before it`,
    help: 'unpack it to a .tar; pictures are compressed already, so that it hardly grows',
  },
  badShard: {
    grpc: 'DATA_LOSS',
    message: (d: { shard: string; problem: string }) => `${d.shard} is cut short or damaged: ${d.problem}`,
    help: 'copy the file again from where it came; the sweep goes on with what can be read, and names it among the skipped samples',
  },
  shardChanged: {
    grpc: 'FAILED_PRECONDITION',
    message: (d: { shard: string; bytes: number; found: number }) => `${d.shard} had ${d.bytes} bytes when the data set was listed and has ${d.found} now`,
    help: 'leave the data set alone while a sweep reads it; run the sweep again into another output',
  },
  sampleTwice: {
    grpc: 'ALREADY_EXISTS',
    message: (d: { id: string }) => `${d.id} is there a second time`,
    help: 'give each sample its own name; the sweep goes on with the first and names the other among the skipped samples',
  },
  noImageColumn: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { shard: string; wanted: string; columns: readonly string[]; images: readonly string[] }) =>
      `${d.shard} has ${d.wanted === '' ? (d.images.length === 0 ? 'no column that holds pictures' : `several columns that may hold pictures: ${d.images.join(', ')}`) : `no column ${d.wanted} that holds pictures`}; its columns are: ${d.columns.join(', ')}`,
    help: 'name the column as dataset.image: it holds encoded pictures as bytes, or as a group with a field called bytes',
  },
  noLabelColumn: {
    grpc: 'INVALID_ARGUMENT',
    message: (d: { shard: string; wanted: string; columns: readonly string[] }) => `${d.shard} has no column ${d.wanted}; its columns are: ${d.columns.join(', ')}`,
    help: 'name one of these as dataset.label, or none',
  },
  badIndex: {
    grpc: 'DATA_LOSS',
    message: (d: { key: string }) => `${d.key} is not the list of the data set's pictures that the sweep was planned with`,
    help: 'restore the file in the output, or run the sweep anew into another output',
  },
});
