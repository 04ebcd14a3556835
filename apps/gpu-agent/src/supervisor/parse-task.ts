import { stages, type ShardTask } from '@neuron-atlas/spec';
import { errors } from '../errors.js';

/** A lease's task, checked where this agent relies on it: an agent and a coordinator may differ in version. */
export function parseTask(shardId: string, json: string): ShardTask {
  const wrong = (field: string, detail: string, cause?: unknown): Error => errors.badTask({ shardId, field, detail }, cause);
  let task: ShardTask;
  try {
    task = JSON.parse(json) as ShardTask;
  } catch (cause) {
    throw wrong('JSON', (cause as Error).message, cause);
  }
  if (typeof task !== 'object' || task === null) throw wrong('JSON', 'not an object');
  if (task.plan?.version !== 1) throw wrong('plan.version', `${String(task.plan?.version)}, this agent knows 1`);
  if (typeof task.plan.spec?.output !== 'string') throw wrong('plan.spec.output', 'not a string');
  if (!/^[0-9a-f]{64}$/.test(task.plan.modelSha256)) throw wrong('plan.modelSha256', `'${String(task.plan.modelSha256)}' is not 64 hex digits`);
  if (task.stage === 'publish') return task;
  if (!stages.includes(task.stage)) throw wrong('stage', `'${String(task.stage)}', this agent knows ${stages.join(', ')}`);
  if (task.stage !== 'synthesis' && (task.plan.dataset === undefined || task.plan.spec.views.exemplars === undefined)) throw wrong('plan.dataset', 'absent');
  if (task.stage === 'exemplars') {
    const { samples } = task.plan.dataset!;
    if (!(task.unitStart >= 0 && task.unitStart < task.unitEnd && task.unitEnd <= samples)) throw wrong('range', `${task.unitStart} to ${task.unitEnd} of ${samples} samples`);
    return task;
  }
  const layer = task.plan.layers.find((each) => each.id === task.layer);
  if (layer === undefined) throw wrong('layer', `'${task.layer}' is not in the plan`);
  const range = [task.unitStart, task.unitEnd];
  if (!range.every(Number.isInteger) || task.unitStart < 0 || task.unitEnd <= task.unitStart || task.unitEnd > layer.units) {
    throw wrong('unit range', `${task.unitStart} to ${task.unitEnd} of ${layer.units} units`);
  }
  if (task.stage === 'projections' && task.plan.spec.views.projections === undefined) throw wrong('plan.spec.views.projections', 'absent');
  if (task.stage === 'quality' && task.plan.spec.quality === undefined) throw wrong('plan.spec.quality', 'absent');
  if (task.stage === 'synthesis' && task.plan.spec.views.synthesis[task.view] === undefined) throw wrong('view', `${task.view} of ${task.plan.spec.views.synthesis.length} views`);
  return task;
}
