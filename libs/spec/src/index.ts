export type { ModelSpec, Preprocess, SweepSpec, SynthesisView, UnitSelection } from './spec.js';
export type { LayerPlan, ShardSpec, ShardStats, ShardTask, SweepPlan } from './plan.js';
