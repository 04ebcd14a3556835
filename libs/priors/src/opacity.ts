import { added, share } from '@neuron-atlas/plugins';
import type { GraphBuilder, Value } from '@neuron-atlas/onnx';
import type { Canvas } from './prior.js';
import { recorrelate } from './spectrum.js';

/** The param of a prior whose pictures may have an alpha channel, behind its colours. */
export const alpha = added(share(0, 'An alpha channel: what full opacity costs, as a share w of the score, score · (1 − w · mean opacity); 1 as published, 0 for pictures without one.'));

/** Channels of a canvas that are colours. */
export const coloursOf = ({ channels, alpha: hasAlpha }: Pick<Canvas, 'channels' | 'alpha'>): number => channels - (hasAlpha === true ? 1 : 0);

/** Uncorrelated planes as colours, where three of them are colours; an alpha channel stays as it is. */
export function coloured(g: GraphBuilder, planes: Value, canvas: Pick<Canvas, 'channels' | 'alpha'>): Value {
  if (coloursOf(canvas) !== 3) return planes;
  if (canvas.alpha !== true) return recorrelate(g, planes);
  return g.concat([recorrelate(g, g.slice(planes, [0], [3], [1])), g.slice(planes, [3], [4], [1])], 1);
}
