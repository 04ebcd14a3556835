import { createHash } from 'node:crypto';
import { mkdtemp, mkdir, realpath, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ModelProto } from '@neuron-atlas/proto/onnx';
import { splitWeights } from '@neuron-atlas/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cpu } from '../../test/run-model.js';
import { f32, GraphBuilder, loadModel, readModel, writeModel, writeModelFile } from '../index.js';
import { loadModelFile } from '../node.js';

let folder: string;
beforeAll(async () => { folder = await mkdtemp(join(tmpdir(), 'onnx-')); });
afterAll(async () => { await rm(folder, { recursive: true }); });

const g = new GraphBuilder({ opset: 18 });
const sum = g.add(g.input('x', 'f32', [2]), g.constant(f32([2], [5, 6]), 'w'));
const inline = writeModel({ irVersion: 8, producer: 'test', opsets: new Map([['', 18]]), graph: g.build('g', [sum]), functions: [], metadata: new Map() });

/** The model above with `w` kept in another file, 4 bytes in. */
function withExternal(location: string): Uint8Array {
  const proto = ModelProto.decode(inline);
  const w = proto.graph!.initializer[0]!;
  delete w.rawData;
  w.dataLocation = 1;
  w.externalData = [{ key: 'location', value: location }, { key: 'offset', value: '4' }, { key: 'length', value: '8' }];
  return ModelProto.encode(proto).finish();
}
const data = new Uint8Array(Float32Array.of(0, 5, 6).buffer);
const load = (name: string) => loadModelFile(join(folder, name)).catch((error: unknown) => error as { code: string; message: string });

describe('loadModelFile', () => {
  it('gives a file without external data as it lies', async () => {
    await writeFile(join(folder, 'plain.onnx'), inline);
    const loaded = await loadModelFile(join(folder, 'plain.onnx'));
    expect(loaded.bytes).toEqual(inline);
    expect(loaded.sha256).toBe(createHash('sha256').update(inline).digest('hex'));
  });

  it('puts external data into the bytes', async () => {
    await mkdir(join(folder, 'sub'), { recursive: true });
    await writeFile(join(folder, 'sub', 'w.bin'), data);
    await writeFile(join(folder, 'external.onnx'), withExternal('sub/w.bin'));
    const loaded = await loadModelFile(join(folder, 'external.onnx'));
    expect(loaded.model.graph.initializers.get('w')).toEqual(f32([2], [5, 6]));
    expect(readModel(loaded.bytes)).toEqual(loaded.model);
    expect(loaded.sha256).toBe(createHash('sha256').update(loaded.bytes).digest('hex'));
  });

  it('serves a cache that keeps model and data behind links to one folder', async () => {
    const [blobs, snapshot] = [join(folder, 'blobs'), join(folder, 'snapshot')];
    await Promise.all([mkdir(blobs), mkdir(snapshot)]);
    await Promise.all([writeFile(join(blobs, 'a1'), withExternal('w.bin')), writeFile(join(blobs, 'b2'), data)]);
    await Promise.all([symlink('../blobs/a1', join(snapshot, 'm.onnx')), symlink('../blobs/b2', join(snapshot, 'w.bin'))]);
    expect((await loadModelFile(join(snapshot, 'm.onnx'))).model.graph.initializers.get('w')).toEqual(f32([2], [5, 6]));
  });

  it('does not follow a link out of the folder', async () => {
    const inner = join(folder, 'inner');
    await mkdir(inner);
    await Promise.all([writeFile(join(folder, 'secret'), data), writeFile(join(inner, 'm.onnx'), withExternal('w.bin')), symlink('../secret', join(inner, 'w.bin'))]);
    expect(await load('inner/m.onnx')).toMatchObject({ code: 'ONNX_EXTERNAL_ESCAPES', details: { tensor: 'w', location: 'w.bin' } });
  });

  it('names the tensor whose data is missing or short', async () => {
    await writeFile(join(folder, 'lost.onnx'), withExternal('nowhere.bin'));
    expect(await load('lost.onnx')).toMatchObject({ code: 'ONNX_EXTERNAL_MISSING', details: { tensor: 'w', location: 'nowhere.bin' } });
    await writeFile(join(folder, 'short.bin'), data);
    await truncate(join(folder, 'short.bin'), 8);
    await writeFile(join(folder, 'short.onnx'), withExternal('short.bin'));
    expect(await load('short.onnx')).toMatchObject({ code: 'ONNX_EXTERNAL_MISSING', message: expect.stringContaining('it has 8 bytes, 12 are needed') as string });
  });

  describe('of a model that does not fit into one file', () => {
    const large = { wholeUpTo: 0, readUpTo: 4 };
    const written = async (name: string): Promise<string> => {
      await Promise.all([writeFile(join(folder, `${name}.onnx`), withExternal(`${name}.bin`)), writeFile(join(folder, `${name}.bin`), data)]);
      return join(folder, `${name}.onnx`);
    };

    it('leaves the weights where they lie until somebody asks', async () => {
      const path = await written('outside');
      const w = (await loadModelFile(path, large)).model.graph.initializers.get('w')!;
      expect(w.source).toEqual({ kind: 'file', path: join(await realpath(folder), 'outside.bin'), offset: 4, length: 8 });
      expect(w.data).toEqual(Float32Array.of(5, 6));
      await writeFile(join(folder, 'outside.bin'), new Uint8Array(Float32Array.of(0, 7, 8).buffer));
      expect(w.data).toEqual(Float32Array.of(7, 8));
      await rm(join(folder, 'outside.bin'));
      expect(() => w.data).toThrow(expect.objectContaining({ code: 'ONNX_EXTERNAL_MISSING', details: expect.objectContaining({ tensor: 'w', location: 'outside.bin' }) as object }) as Error);
    });

    it('names it by the weights too', async () => {
      const [one, other] = [await loadModelFile(await written('named'), large), await loadModelFile(await written('named-again'), large)];
      const sha256 = createHash('sha256').update(data.subarray(4)).digest('hex');
      expect(one.data).toMatchObject({ name: `${sha256}.data`, sha256, sizeBytes: 8 });
      expect(one.sha256).toBe(createHash('sha256').update(one.bytes).digest('hex'));
      expect(other.sha256).toBe(one.sha256); // whatever the files are called
      await writeFile(join(folder, 'named.bin'), new Uint8Array(Float32Array.of(0, 5, 7).buffer));
      expect((await loadModelFile(join(folder, 'named.onnx'), large)).sha256).not.toBe(one.sha256);
    });

    it('is run from wherever its parts lie, also behind the links of a cache', async () => {
      const [blobs, snapshot] = [join(folder, 'far', 'blobs'), join(folder, 'far', 'snapshot')];
      await Promise.all([blobs, snapshot].map((path) => mkdir(path, { recursive: true })));
      const more = g.add(sum, g.constant(f32([2], [100, 200]), 'v'));
      const two = splitWeights(writeModel({ irVersion: 8, producer: 'test', opsets: new Map([['', 18]]), graph: g.build('g', [more]), functions: [], metadata: new Map() }), 'w.bin');
      const proto = ModelProto.decode(two.bytes);
      const v = proto.graph!.initializer.find(({ name }) => name === 'v')!;
      v.externalData = [{ key: 'location', value: 'v.bin' }];
      await Promise.all([
        writeFile(join(snapshot, 'm.onnx'), ModelProto.encode(proto).finish()), writeFile(join(blobs, 'b2'), two.data),
        writeFile(join(snapshot, 'v.bin'), new Uint8Array(Float32Array.of(1000, 2000).buffer)), symlink(join(snapshot, 'm.onnx'), join(blobs, 'm.onnx')), symlink('../snapshot/v.bin', join(blobs, 'v.bin')), symlink('b2', join(blobs, 'w.bin')),
      ]);
      const { model } = await loadModelFile(join(blobs, 'm.onnx'), large);
      expect(writeModelFile(model).dataFolder).toBe(join(await realpath(folder), 'far'));
      await using session = await loadModel(await cpu(), model);
      const [found] = Object.values(await session.run({ x: f32([2], [1, 2]) }));
      expect(found!.data).toEqual(Float32Array.of(1 + 5 + 1000, 2 + 6 + 2000));
    });

    it('refuses what leads out of the folder, is missing or is short, like any other', async () => {
      await writeFile(join(folder, 'led-out.onnx'), withExternal('../led-out.bin'));
      await expect(loadModelFile(join(folder, 'led-out.onnx'), large)).rejects.toMatchObject({ code: 'ONNX_EXTERNAL_ESCAPES' });
      const path = await written('cut');
      await truncate(join(folder, 'cut.bin'), 8);
      await expect(loadModelFile(path, large)).rejects.toMatchObject({ code: 'ONNX_EXTERNAL_MISSING', message: expect.stringContaining('it has 8 bytes, 12 are needed') as string });
      await rm(join(folder, 'cut.bin'));
      await expect(loadModelFile(path, large)).rejects.toMatchObject({ code: 'ONNX_EXTERNAL_MISSING' });
    });
  });

  it('refuses an attribute of a gigabyte for a few kilobytes of the file', async () => {
    // A message up to the content of a string, lengths as varints; the gigabyte itself is a hole in the file.
    const gigabyte = 2 ** 30;
    const field = (number: number, length: number): number[] => {
      const bytes = [number * 8 + 2];
      for (let rest = length; ; rest = Math.floor(rest / 128)) {
        if (rest < 128) return [...bytes, rest];
        bytes.push((rest % 128) + 128);
      }
    };
    const name = [...field(1, 1), 97];
    const content = field(4, gigabyte);
    const attribute = name.length + content.length + gigabyte;
    const node = field(5, attribute);
    const graph = field(1, node.length + attribute);
    const head = Uint8Array.from([8, 8, ...field(7, graph.length + node.length + attribute), ...graph, ...node, ...name, ...content]);
    await writeFile(join(folder, 'huge.onnx'), head);
    await truncate(join(folder, 'huge.onnx'), head.length + gigabyte);
    const [rss, cpu] = [process.memoryUsage().rss, process.cpuUsage()];
    expect(await load('huge.onnx')).toMatchObject({ code: 'ONNX_ATTRIBUTE_TOO_LARGE', details: { attribute: 'a', sizeBytes: attribute } });
    const spent = process.cpuUsage(cpu);
    expect(process.memoryUsage().rss - rss).toBeLessThan(64 * 2 ** 20);
    expect(spent.user + spent.system).toBeLessThan(1_000_000); // µs of a core, whatever else the machine does
  });

  it('says that a file is not there, or is a folder', async () => {
    expect(await load('no.onnx')).toMatchObject({ code: 'ONNX_NO_FILE', message: expect.stringContaining('it is not there') as string });
    expect(await load('.')).toMatchObject({ code: 'ONNX_NO_FILE' });
  });
});
