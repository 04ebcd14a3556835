import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exemplarKinds, exemplarTable, writeExemplars, type ExemplarRow } from './exemplars.js';
import { healthFlags } from './health.js';
import { layerTable, writeLayers, type LayerRow } from './layers.js';
import { parquetOf } from './parquet-file.js';
import { projectionMethods, projectionTable, writeProjections, type ProjectionRow } from './projections.js';
import { readTable } from './read-table.js';
import { synthesisTable, writeSynthesis, type SynthesisRow } from './synthesis.js';
import { noMeasures, unitTable, writeUnits, type UnitRow } from './units.js';

const text = fc.string({ unit: 'grapheme', maxLength: 40 });
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const float32 = fc.float();
const flags = fc.subarray([...healthFlags]);

const synthesisRow: fc.Arbitrary<SynthesisRow> = fc.record({
  layer: text, unit: int32, view: int32, prior: text, priorVersion: int32, objective: text, objectiveVersion: int32,
  seed: fc.maxSafeInteger(), steps: int32, scoreStart: float32, score: float32, scoreTrace: fc.array(float32, { maxLength: 12 }),
  imageFormat: fc.constantFrom('png', 'webp'), width: int32, height: int32, health: flags, reason: text, provenance: fc.json(),
  image: fc.option(fc.uint8Array({ maxLength: 20_000 })),
});

const finite = fc.option(float32);
const unitRow = (unit: number): fc.Arbitrary<UnitRow> => fc.record({
  layer: fc.constant('conv1'), unit: fc.constant(unit), health: flags, reason: text, scoreStart: finite, score: finite,
  bestScores: fc.array(fc.record({ view: int32, prior: text, objective: text, seed: fc.maxSafeInteger(), scoreStart: float32, score: float32 }), { maxLength: 4 }),
  max: finite, min: finite, mean: finite, std: finite, p01: finite, p50: finite, p99: finite, fractionActive: finite,
  histogram: fc.option(fc.array(fc.maxSafeNat(), { maxLength: 9 })), histogramEdges: fc.option(fc.array(float32, { maxLength: 9 })), naturalMax: finite,
  samples: fc.option(fc.maxSafeNat()), samplesNotFinite: fc.option(fc.maxSafeNat()), syntheticOverNatural: finite,
  neighbours: fc.option(fc.array(fc.record({ unit: fc.nat(), similarity: float32, shared: fc.option(fc.nat()) }), { maxLength: 3 })),
  interpretability: finite, distinctness: finite, viewQuality: fc.option(fc.array(fc.record({ view: int32, explains: finite, distinguishes: finite, seedAgreement: finite }), { maxLength: 3 })),
  pictureQuality: fc.option(fc.array(fc.record({
    view: int32, seed: fc.maxSafeInteger(), activation: float32, overNatural: finite, rank: fc.option(int32), rankOf: fc.option(int32), pathNaturalness: finite, spectrumDistance: finite,
  }), { maxLength: 4 })),
});

const layerRow: fc.Arbitrary<LayerRow> = fc.record({
  layer: text, path: text, tensor: text, site: fc.constantFrom('pre', 'post'), op: text, shape: fc.array(int32, { maxLength: 4 }),
  units: int32, swept: int32, healthy: int32, flagged: int32, dead: int32, megaMacs: fc.double(),
  fieldKind: fc.constantFrom('window' as const, 'whole' as const, 'varies' as const, null),
  receptiveField: fc.option(fc.record({
    size: fc.array(int32, { maxLength: 2 }), stride: fc.array(int32, { maxLength: 2 }), offset: fc.array(fc.double(), { maxLength: 2 }),
  })),
  blockedCode: fc.option(text), blockedReason: fc.option(text),
});

const box = fc.record({ x0: int32, y0: int32, x1: int32, y1: int32 });
const exemplarRow: fc.Arbitrary<ExemplarRow> = fc.record({
  layer: text, unit: int32, kind: fc.constantFrom(...exemplarKinds), rank: int32, quantile: finite, sampleId: text, sampleItem: fc.maxSafeNat(), sampleSha256: text, sampleLabel: fc.option(text),
  activation: float32, y: int32, x: int32, box, inputBox: box, boxKind: fc.constantFrom('exact' as const, 'effective' as const, 'whole' as const), pictureWidth: int32, pictureHeight: int32,
  imageFormat: fc.constantFrom('png' as const, 'webp' as const, 'jpeg' as const), width: int32, height: int32, image: fc.option(fc.uint8Array({ maxLength: 9000 })),
});
const projectionRow: fc.Arbitrary<ProjectionRow> = fc.record({
  layer: text, unit: int32, kind: fc.constantFrom(...exemplarKinds), rank: int32, method: fc.constantFrom(...projectionMethods),
  seed: fc.constantFrom('activation' as const, 'one' as const), box,
  imageFormat: fc.constantFrom('png' as const, 'webp' as const, 'jpeg' as const), width: int32, height: int32, image: fc.option(fc.uint8Array({ maxLength: 9000 })),
});

describe('writeExemplars and writeProjections', () => {
  it('give back every row as it was, whatever the values', async () => {
    await fc.assert(fc.asyncProperty(fc.array(exemplarRow, { maxLength: 40 }), fc.array(projectionRow, { maxLength: 40 }), async (exemplars, projections) => {
      expect(await readTable(exemplarTable, await parquetOf('x', writeExemplars(exemplars)))).toEqual(exemplars);
      expect(await readTable(projectionTable, await parquetOf('x', writeProjections(projections)))).toEqual(projections);
    }), { numRuns: 30 });
  });
});

describe('writeSynthesis', () => {
  it('gives back every row as it was, whatever the values', async () => {
    await fc.assert(fc.asyncProperty(fc.array(synthesisRow, { maxLength: 40 }), async (rows) => {
      expect(await readTable(synthesisTable, await parquetOf('x', writeSynthesis(rows)))).toEqual(rows);
    }), { numRuns: 60 });
  });

  it('gives the same bytes for the same rows', () => {
    fc.assert(fc.property(fc.array(synthesisRow, { maxLength: 20 }), (rows) => {
      expect(Buffer.compare(writeSynthesis(rows), writeSynthesis(structuredClone(rows)))).toBe(0);
    }), { numRuns: 20 });
  });

  const row: SynthesisRow = {
    layer: 'conv1', unit: 3, view: 0, prior: 'fourier', priorVersion: 1, objective: 'channel', objectiveVersion: 1, seed: 0, steps: 64,
    scoreStart: 0.5, score: 2, scoreTrace: [0.5, 2], imageFormat: 'png', width: 8, height: 8, health: [], reason: '', provenance: '{}',
    image: new Uint8Array([1, 2, 3]),
  };

  it.each([
    ['unit', 1.5, 'must be a whole number of 32 bits, got 1.5'],
    ['unit', 2 ** 31, 'must be a whole number of 32 bits, got 2147483648'],
    ['seed', 2 ** 53, 'must be a whole number below 2^53, got 9007199254740992'],
    ['score', '2', 'must be a number, got "2"'],
    ['scoreTrace', [1, null], '[1] must be a number, got null'],
    ['health', ['ill'], '[0] must be one of blocked, failed, not-finite, gradient-blocked, dead, silent, constant, no-gain, below-natural, unspecific, seeds-disagree, unclear, got "ill"'],
    ['image', 'png', 'must be bytes, got "png"'],
    ['layer', undefined, 'must be a text, got undefined'],
  ])('refuses %s = %j and names the row', (field, value, problem) => {
    const bad = { ...row, [field]: value } as SynthesisRow;
    expect(() => writeSynthesis([row, bad])).toThrow(expect.objectContaining({
      code: 'ATLAS_BAD_ROW', message: `row 1 of the synthesis table: ${field} ${problem}`,
    }));
  });
});

describe('writeUnits', () => {
  it('gives back every row as it was, whatever the values', async () => {
    const rows = fc.integer({ min: 0, max: 12 }).chain((n) => fc.tuple(...Array.from({ length: n }, (_, unit) => unitRow(unit * 3))));
    await fc.assert(fc.asyncProperty(rows, async (units) => {
      expect(await readTable(unitTable, await parquetOf('x', writeUnits('conv1', units)))).toEqual(units);
    }), { numRuns: 60 });
  });

  const unit = (layer: string, index: number): UnitRow =>
    ({ layer, unit: index, health: [], reason: '', scoreStart: null, score: null, bestScores: [], ...noMeasures });

  it('refuses a unit that comes twice', () => {
    expect(() => writeUnits('a', [unit('a', 1), unit('a', 1)])).toThrow(expect.objectContaining({ code: 'ATLAS_UNIT_TWICE' }));
  });

  it('refuses units out of order and units of another layer', () => {
    expect(() => writeUnits('a', [unit('a', 2), unit('a', 1)])).toThrow(expect.objectContaining({ code: 'ATLAS_BAD_ROW' }));
    expect(() => writeUnits('a', [unit('b', 2)])).toThrow(expect.objectContaining({ code: 'ATLAS_BAD_ROW' }));
  });
});

describe('writeLayers', () => {
  it('gives back every row as it was, whatever the values', async () => {
    await fc.assert(fc.asyncProperty(fc.array(layerRow, { maxLength: 12 }), async (rows) => {
      expect(await readTable(layerTable, await parquetOf('x', writeLayers(rows)))).toEqual(rows);
    }), { numRuns: 60 });
  });
});
