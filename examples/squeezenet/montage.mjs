// Top 9 of a folder of photographs beside their projections, for some layers and units of squeezenet1_1: a PNG a layer.
//   node examples/squeezenet/montage.mjs MODEL IMAGES OUT [LAYER,LAYER,…]
// Rows are six units spread over a layer; columns are the crops, then deconvnet, guided and gradient.
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { cropPicture, meanFill, pictureView, receptiveFields, unitBox } from '@neuron-atlas/exemplars';
import { findLayers, specialize, tensor, upgradeOpset, writeModel } from '@neuron-atlas/onnx';
import { loadModelFile } from '@neuron-atlas/onnx/node';
import { compileProjection, openProjector, projectionPicture } from '@neuron-atlas/synthesis';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import sharp from 'sharp';

const [modelFile, images, out, wanted = 'conv3,conv6,conv12,conv18,conv24'] = process.argv.slice(2);
const preprocess = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225], range: [0, 1], color: 'RGB', resize: 256 };
const methods = ['deconvnet', 'guided', 'gradient'];
const [size, top, rowsShown, tile, gap] = [224, 9, 6, 96, 3];
const plane = size * size;

const runtime = await createNodeRuntime({ provider: 'cpu' });
const model = upgradeOpset((await loadModelFile(modelFile)).model);
const input = model.graph.inputs[0].name;
const layers = findLayers(model).filter(({ id }) => wanted.split(',').includes(id));
const graph = await specialize(model, { input, shape: [1, 3, size, size], outputs: layers.map((layer) => layer.tensor), runtime });
const fields = receptiveFields(graph);

async function load(file) {
  const { width, height } = await sharp(file).metadata();
  const { resized, left, top: above } = pictureView({ width, height }, preprocess, { width: size, height: size });
  const data = await sharp(file).resize(resized.width, resized.height, { fit: 'fill' }).extract({ left, top: above, width: size, height: size }).toColourspace('srgb').removeAlpha().raw().toBuffer();
  return { width: size, height: size, channels: 3, data };
}
const planes = ({ data }) => Float32Array.from({ length: 3 * plane }, (_, i) => data[(i % plane) * 3 + Math.floor(i / plane)] / 255);
const tileOf = (raw, { width, height }) => sharp(raw, { raw: { width, height, channels: 3 } }).resize(tile, tile, { kernel: width < tile ? 'nearest' : 'cubic' }).png().toBuffer();

/** The strongest place of every unit in every picture; the first of equals. */
async function exemplars() {
  const outputs = layers.map(({ tensor: name }) => ({ name, dtype: 'f32', untyped: true }));
  const session = await runtime.load(writeModel({ ...model, graph: { ...model.graph, outputs } }));
  const best = new Map(layers.map((layer) => [layer.id, Array.from({ length: layer.units }, () => [])]));
  for (const file of readdirSync(images).filter((name) => /\.(jpe?g|png)$/i.test(name)).sort()) {
    const picture = planes(await load(join(images, file))).map((value, i) => (value - preprocess.mean[Math.floor(i / plane)]) / preprocess.std[Math.floor(i / plane)]);
    const found = await session.run({ [input]: tensor('f32', [1, 3, size, size], picture) });
    for (const { id, tensor: name, units } of layers) {
      const { data } = found[name];
      const places = data.length / units;
      for (let unit = 0; unit < units; unit++) {
        const map = data.subarray(unit * places, (unit + 1) * places);
        const place = map.indexOf(map.reduce((a, b) => Math.max(a, b)));
        const list = best.get(id)[unit];
        list.push({ file, place, activation: map[place] });
        list.sort((a, b) => b.activation - a.activation).splice(top);
      }
    }
  }
  await session[Symbol.asyncDispose]();
  return best;
}

mkdirSync(out, { recursive: true });
const best = await exemplars();
for (const { id, tensor: name, units } of layers) {
  const columns = graph.types.get(name).shape[3];
  const block = 3 * tile + 4 * gap;
  const tiles = [];
  for (const [m, method] of methods.entries()) {
    const projector = await openProjector(runtime, await compileProjection({ model, modelSha256: '', tensor: name, units, input: { name: input, shape: [1, 3, size, size] }, preprocess, method, batch: 3, runtime }));
    for (let row = 0; row < rowsShown; row++) {
      const unit = Math.floor(((row + 0.5) * units) / rowsShown);
      const shown = best.get(id)[unit];
      const pictures = await Promise.all(shown.map(({ file }) => load(join(images, file))));
      const projections = await projector.run(shown.map(({ place }, i) => ({ picture: planes(pictures[i]), unit, place })));
      for (const [i, { place }] of shown.entries()) {
        const { box } = unitBox(fields.get(name), [0, unit, Math.floor(place / columns), place % columns]);
        const [left, above] = [gap + (i % 3) * (tile + gap), gap + row * block + Math.floor(i / 3) * (tile + gap)];
        const crop = cropPicture(pictures[i], box, meanFill(preprocess));
        if (m === 0) tiles.push({ left, top: above, input: await tileOf(crop.data, crop) });
        const { image } = projectionPicture(projections[i].projection, { channels: 3, height: size, width: size }, box);
        const area = crop.width * crop.height;
        const raw = Uint8Array.from({ length: 3 * area }, (_, k) => Math.round(255 * image[(k % 3) * area + Math.floor(k / 3)]));
        tiles.push({ left: left + (m + 1) * block, top: above, input: await tileOf(raw, crop) });
      }
    }
    await projector[Symbol.asyncDispose]();
  }
  await sharp({ create: { width: (1 + methods.length) * block, height: rowsShown * block, channels: 3, background: '#202020' } }).composite(tiles).png().toFile(join(out, `${id}.png`));
  process.stdout.write(`${join(out, `${id}.png`)}\n`);
}
