import { basename } from 'node:path';
import { findBlocks } from '@neuron-atlas/autodiff';
import { receptiveFields, summaryOf, type Field } from '@neuron-atlas/exemplars';
import type { AtlasError } from '@neuron-atlas/errors';
import { findLayers, isChannelsLast, layerInputs, multiplyAdds, specialize, twinLayers, upgradeOpset, type Dim, type Layer, type Model, type Runtime, type StaticGraph, type ValueInfo } from '@neuron-atlas/onnx';
import { loadModelFile, type LoadedModel } from '@neuron-atlas/onnx/node';
import type { LayerField, ModelFacts } from '@neuron-atlas/spec';
import { errors } from './errors.js';
import type { Block, ModelReport } from './model-report.js';

/** Side of the input where the file leaves it open: what nearly every image model of that kind was trained at. */
const openSide = 224;

/** What planning needs to know of a model on disk. */
export async function modelFacts(path: string, runtime: Runtime): Promise<ModelFacts> {
  return (await modelReport(await loadModelFile(path), basename(path), runtime)).facts;
}

/**
 * A model's layers with their shapes and costs at its own input size, and what blocks their gradients.
 *
 * The model is brought to the opset that agents use and run once, so that shapes are exact for every operator.
 */
export async function modelReport(loaded: LoadedModel, name: string, runtime: Runtime): Promise<ModelReport> {
  const model = upgradeOpset(loaded.model);
  const input = imageInput(model, name);
  const weighted = findLayers(model);
  const graph = weighted.length === 0 ? undefined : await specialize(model, { input: input.name, shape: input.shape, outputs: weighted.map((layer) => layer.tensor), runtime });
  const layers = graph === undefined ? weighted : findLayers(model, new Map([[input.name, input.shape], ...[...graph.types].map(([value, { shape }]) => [value, shape] as const)]));
  const fields = graph === undefined ? undefined : receptiveFields(graph);
  const inputs = layerInputs(model, layers);
  const twins = graph === undefined ? [] : twinLayers(model.graph, layers, new Map([...graph.types].map(([value, { shape }]) => [value, shape])));
  const costs = graph === undefined ? new Map<string, number>() : costsUpTo(graph, [...layers, ...twins]);
  const found = findBlocks(model, input.name, [...layers, ...twins].map((layer) => layer.tensor));
  const factsOf = (layer: Layer, shape: readonly number[], megaMacs: number, reads: readonly string[]): ModelFacts['layers'][number] => {
    const blocked = found.get(layer.tensor);
    const seen = fields?.get(layer.tensor);
    return {
      id: layer.id, tensor: layer.tensor, op: layer.op, site: layer.site, units: layer.units, inputs: [...reads], shape: [...shape],
      kind: layer.kind, axis: layer.axis === -1 && shape.length > 1 ? shape.length - 1 : 1, node: layer.node, megaMacs,
      ...(seen === undefined ? {} : { field: layerField(seen) }),
      ...(blocked === undefined ? {} : { blocked: { code: blocked.code, message: blocked.message } }),
    };
  };
  return {
    facts: {
      sha256: loaded.sha256,
      name: name.replace(/\.onnx$/i, ''),
      bytes: loaded.bytes.length + (loaded.data?.sizeBytes ?? 0),
      input,
      layers: layers.map((layer) => factsOf(layer, graph?.types.get(layer.tensor)?.shape ?? [], (costs.get(layer.tensor) ?? 0) / 1e6, inputs.get(layer.id) ?? [])),
      twins: twins.map((twin) => {
        const parts = twin.of.map(({ layer }) => layers.find(({ id }) => id === layer)!);
        // Behind a nonlinearity a layer's shape and field are its own.
        const like = (twin.op === 'Concat' ? undefined : graph?.types.get(parts[0]!.tensor)?.shape) ?? graph?.types.get(twin.tensor)?.shape ?? [];
        return { ...factsOf(twin, like, Math.max(...[twin, ...parts].map(({ tensor }) => costs.get(tensor) ?? 0)) / 1e6, [...new Set(twin.of.map(({ layer }) => layer))]), of: twin.of };
      }),
    },
    model: loaded.model,
    content: loaded.bytes,
    ...(loaded.data === undefined ? {} : { data: loaded.data }),
    opset: loaded.model.opsets.get('') ?? 0,
    producer: loaded.model.producer,
    parameters: [...loaded.model.graph.initializers.values()].reduce((sum, constant) => sum + constant.shape.reduce((size, dim) => size * dim, 1), 0),
    operators: operatorsOf(loaded.model),
    blocks: blocksOf(layers, found),
  };
}

/** The input that takes pictures, as [N, C, H, W] even where the file has its channels last; open dimensions become 1 for the batch and 224 for the sides. */
function imageInput(model: Model, name: string): { readonly name: string; readonly shape: readonly number[] } {
  const isImage = ({ shape }: ValueInfo): boolean => shape?.length === 4;
  const input = model.graph.inputs.find(isImage);
  if (input?.shape === undefined) {
    throw errors.noImageInput({ model: name, inputs: model.graph.inputs.map((info) => `${info.name} ${info.dtype}[${info.shape?.join(', ') ?? '?'}]`) });
  }
  const [n, second, third, last] = input.shape as readonly [Dim, Dim, Dim, Dim];
  const order = isChannelsLast(input.shape) ? [n, last, second, third] : input.shape;
  const [batch = 1, channels = 3, height = openSide, width = openSide] = order.map((dim) => (typeof dim === 'number' && dim > 0 ? dim : undefined));
  return { name: input.name, shape: [batch, channels, height, width] };
}

function layerField(field: Field): LayerField {
  const summary = summaryOf(field);
  return summary.kind === 'window' ? { kind: 'window', ...summary.window } : { kind: summary.kind };
}

/** Multiply-adds of one forward pass of the graph cut at each layer. */
function costsUpTo(graph: StaticGraph, layers: readonly Layer[]): ReadonlyMap<string, number> {
  const perNode = multiplyAdds(graph);
  const maker = new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  return new Map(layers.map(({ tensor }) => {
    const seen = new Set<string>();
    const open = [tensor];
    let cost = 0;
    for (let value = open.pop(); value !== undefined; value = open.pop()) {
      const node = maker.get(value);
      if (node === undefined || seen.has(node.name)) continue;
      seen.add(node.name);
      cost += perNode.get(node.name) ?? 0;
      open.push(...node.inputs);
    }
    return [tensor, cost] as const;
  }));
}

function operatorsOf(model: Model): ModelReport['operators'] {
  const counts = new Map<string, number>();
  for (const node of model.graph.nodes) {
    const op = node.domain === '' ? node.op : `${node.domain}.${node.op}`;
    counts.set(op, (counts.get(op) ?? 0) + 1);
  }
  return [...counts].map(([op, count]) => ({ op, count })).sort((a, b) => b.count - a.count || (a.op < b.op ? -1 : 1));
}

/** One block for each obstacle, with all the layers behind it. */
function blocksOf(layers: readonly Layer[], found: ReadonlyMap<string, AtlasError>): readonly Block[] {
  const blocks = new Map<string, { readonly error: AtlasError; readonly layers: string[] }>();
  for (const layer of layers) {
    const error = found.get(layer.tensor);
    if (error === undefined) continue;
    const key = `${error.code} ${error.message}`;
    const block = blocks.get(key) ?? { error, layers: [] };
    block.layers.push(layer.id);
    blocks.set(key, block);
  }
  return [...blocks.values()].map(({ error, layers: behind }) => ({ code: error.code, message: error.message, help: error.help, layers: behind }));
}
