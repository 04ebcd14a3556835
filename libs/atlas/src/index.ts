export { indexPath, layerIndexPath, partialPrefix, readIndex, readLayerIndex, writeIndex, type AtlasIndex, type AtlasProgress, type LayerIndex } from './atlas-index.js';
export { compareUnits, type UnitPair } from './compare-units.js';
export { errors as atlasErrors } from './errors.js';
export { exemplarKinds, writeExemplars, type ExemplarKind, type ExemplarRow, type PictureBox } from './exemplars.js';
export { healthFlags, isHealth, type Health } from './health.js';
export { readExemplars, readMadePictures, readStatistics, type ExemplarFacts, type MadePicture } from './natural-objects.js';
export { layerPath } from './layer-path.js';
export { writeLayers, type LayerRow, type ReceptiveField } from './layers.js';
export {
  manifestPath, parseManifest, writeManifest,
  type AtlasDataset, type AtlasFile, type AtlasLayer, type AtlasManifest, type AtlasModel, type AtlasTotals, type AtlasView,
} from './manifest.js';
export { openAtlas, type Atlas } from './open-atlas.js';
export { openLayer, type AtlasLayerReader, type NaturalPictureOf, type PictureOf } from './open-layer.js';
export type { AtlasSource } from './parquet-file.js';
export { createPartialAtlas, type PartialAtlas, type PartialStore } from './partial-atlas.js';
export { projectionMethods, writeProjections, type ProjectionMethod, type ProjectionRow } from './projections.js';
export { publishAtlas, type Published, type PublishInput } from './publish-atlas.js';
export type { PublishFailure, PublishLayer, PublishObject, PublishPlan, PublishView } from './publish-plan.js';
export { openTerms, termsPath, type FoundUnit, type TermReader } from './search/open-terms.js';
export { termFileParts, writeTerms, type TermRow } from './search/terms.js';
export { writeQuality, type PictureQuality, type QualityRow, type UnitQuality, type ViewQuality } from './quality.js';
export { webSha256, type Sha256 } from './sha256.js';
export { writeSkipped, type SkippedRow } from './skipped.js';
export { readSynthesis } from './read-synthesis-object.js';
export { writeSynthesis, type SynthesisRow } from './synthesis.js';
export { writeStatistics, type Neighbour, type StatisticsRow, type UnitStatistics } from './statistics.js';
export { noMeasures, writeUnits, type BestScore, type UnitRow } from './units.js';
export type { AtlasReport } from './verify-atlas.js';
