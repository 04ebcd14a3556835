export { healthFlags, isHealth, type Health } from './health.js';
export { layerPath } from './layer-path.js';
export { writeLayers, type LayerRow, type ReceptiveField } from './layers.js';
export { writeSynthesis, type SynthesisRow } from './synthesis.js';
export { noStatistics, writeUnits, type BestScore, type UnitRow } from './units.js';
