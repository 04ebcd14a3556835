import { isAtlasError } from '@neuron-atlas/errors';
import { contentKey, type SweepPlan } from '@neuron-atlas/spec';
import { count } from './quantity.js';
import type { World } from './world.js';

export interface AtlasSummary {
  readonly name: string;
  readonly path: string;
  readonly layers: number;
  readonly units: number;
  readonly healthy: number;
  readonly dead: number;
  readonly flagged: number;
}

/**
 * The summary of the atlas that a plan's output holds; undefined where there is none, or one of other work.
 *
 * The same work is the same model, preprocessing, units and views: a sweep may be renamed and its files moved. An atlas
 * in which units failed is not finished: running again tries them again.
 */
export async function finishedAtlas(world: Pick<World, 'openAtlas'>, plan: SweepPlan, signal: AbortSignal): Promise<AtlasSummary | undefined> {
  const { output } = plan.spec;
  try {
    const { model, spec, totals, dataset } = (await world.openAtlas(output, signal)).manifest;
    if (model.sha256 !== plan.modelSha256 || workOf(spec) !== workOf(plan.spec) || dataset?.list !== plan.dataset?.index || totals.failed > 0) return undefined;
    const { layers, units, healthy, dead, flagged } = totals;
    return { name: plan.spec.name, path: output, layers, units, healthy, dead, flagged };
  } catch (error) {
    // None is there, or a damaged one: the sweep writes it anew.
    if (isAtlasError(error) && (error.code === 'CLI_FILE_NOT_FOUND' || error.code.startsWith('ATLAS_'))) return undefined;
    throw error;
  }
}

function workOf(spec: unknown): string {
  const { model, units, views, publish } = spec as Partial<SweepPlan['spec']>;
  return contentKey({ preprocess: model?.preprocess, units, views, publish });
}

export function summaryLines(summary: AtlasSummary, wasComplete: boolean): readonly string[] {
  return [
    ...(wasComplete ? ['the atlas is complete already'] : []),
    `sweep     ${summary.name}`,
    `layers    ${count(summary.layers)}`,
    `units     ${count(summary.units)}`,
    `healthy   ${count(summary.healthy)}`,
    `dead      ${count(summary.dead)}`,
    `flagged   ${count(summary.flagged)}`,
    `atlas     ${summary.path}`,
  ];
}
