export { explains, interpretability, type Choice } from './forced-choice.js';
export { judgeLayers, openJudge, type Judge, type JudgeOptions } from './judge.js';
export { naturalPath, pathNaturalness, ranksOf, type NaturalPath, type Ranks } from './path-naturalness.js';
export { patchBox, patchSide } from './patch-box.js';
export { leastAgreement, leastInterpretable, mostAbove, qualityFlags, type Measured } from './quality-flags.js';
export { rankInLayer, type LayerRank } from './rank-in-layer.js';
export { seedAgreement } from './seed-agreement.js';
export { perceptOf, scaleOf, similarity, type Features, type FeatureScale, type Percept } from './similarity.js';
export { luminanceOf, radialSpectrum, spectrumDistance, windowSide, type Luminance } from './spectrum.js';
