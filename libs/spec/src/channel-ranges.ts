import { errors } from './errors.js';

export type ChannelRange = readonly [start: number, end: number];

/**
 * Channels as [start, end) ranges, in order and without overlap: `0-15,31` is [[0, 16], [31, 32]], `all` is [[0, units]].
 *
 * A text that is no range is SPEC_CHANNELS_SYNTAX; one that reaches beyond the layer's `units` is
 * SPEC_CHANNEL_BEYOND_LAYER with the layer and its size.
 */
export function parseChannelRanges(channels: string, units: number, layer = ''): readonly ChannelRange[] {
  const written = channelRangesAsWritten(channels);
  if (written === 'all') return units > 0 ? [[0, units]] : [];
  for (const [start, end] of written) {
    if (end > units) {
      throw errors.channelBeyondLayer({ range: end - start === 1 ? `${start}` : `${start}-${end - 1}`, layer, units });
    }
  }
  return joined(written);
}

/** The ranges of a text in the order written, not yet held against a layer. */
export function channelRangesAsWritten(channels: string): 'all' | readonly ChannelRange[] {
  if (channels.trim() === 'all') return 'all';
  return channels.split(',').map((text): ChannelRange => {
    const part = text.trim();
    const found = /^(\d{1,9})(?:\s*-\s*(\d{1,9}))?$/.exec(part);
    const start = Number(found?.[1]);
    const last = Number(found?.[2] ?? found?.[1]);
    if (found === null || last < start) throw errors.channelsSyntax({ channels, part });
    return [start, last + 1];
  });
}

function joined(ranges: readonly ChannelRange[]): readonly ChannelRange[] {
  const out: [start: number, end: number][] = [];
  for (const [start, end] of [...ranges].sort((a, b) => a[0] - b[0] || a[1] - b[1])) {
    const last = out.at(-1);
    if (last !== undefined && start <= last[1]) last[1] = Math.max(last[1], end);
    else out.push([start, end]);
  }
  return out;
}
