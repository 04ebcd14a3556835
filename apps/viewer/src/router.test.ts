import { describe, expect, it } from 'vitest';
import { layerLink, parseRoute, unitLink } from './router.js';

describe('parseRoute', () => {
  it.each([
    ['', { page: 'model' }], ['#/', { page: 'model' }],
    ['#/conv1', { page: 'layer', layer: 'conv1' }], ['#/conv1/', { page: 'layer', layer: 'conv1' }],
    ['#/conv1/7', { page: 'unit', layer: 'conv1', unit: 7 }],
    ['#/conv1/7/live', { page: 'live', layer: 'conv1', unit: 7 }],
    ['#~search?q=a%20b', { page: 'search' }], ['#~compare', { page: 'compare' }],
    ['#/conv1/x', { page: 'unknown' }], ['#/conv1/7/else', { page: 'unknown' }], ['#conv1', { page: 'unknown' }], ['#/conv1/1/live/2', { page: 'unknown' }],
  ])('%s', (hash, expected) => {
    expect(parseRoute(hash)).toMatchObject(expected);
  });

  it('reads settings behind the place', () => {
    const route = parseRoute('#/conv1?sort=score&view=1');
    expect(route).toMatchObject({ page: 'layer', layer: 'conv1' });
    expect('query' in route && [...route.query]).toEqual([['sort', 'score'], ['view', '1']]);
  });

  it.each(['/conv1/Conv', 'search', '~search', 'a b?c#d%', 'größe'])('finds layer %s behind its own link', (layer) => {
    expect(parseRoute(layerLink(layer))).toMatchObject({ page: 'layer', layer });
    expect(parseRoute(unitLink(layer, 12))).toMatchObject({ page: 'unit', layer, unit: 12 });
  });
});
