import type { AgentStatus, StageStatus, SweepStatus } from '@neuron-atlas/proto';
import { MultiBar, Presets, type SingleBar } from 'cli-progress';
import { progressLine } from './progress-line.js';
import { count, counted, duration } from './quantity.js';
import type { SweepProgress } from './sweep-progress.js';

/** Agents that get a line each; of more, those that hold leases come first. */
const mostAgents = 8;

/** A sweep on a terminal: a bar for each stage, a line for the whole, a line for each agent; drawn over each other as it goes. */
export function createSweepBars(now: () => number): SweepProgress {
  const multi = new MultiBar({ format: '{stage} {bar} {percentage}% | {units}', barsize: 24, hideCursor: true, clearOnComplete: false, linewrap: false, stream: process.stderr, noTTYOutput: false }, Presets.shades_classic);
  const stages = new Map<string, SingleBar>();
  const texts: SingleBar[] = [];
  const began = now();
  const say = (at: number, line: string): void => {
    const text = texts[at] ?? multi.create(1, 0, { line }, { format: '{line}' });
    texts[at] = text;
    text.update(0, { line });
  };
  return {
    update(status, agents = []) {
      for (const stage of status.stages) {
        const { done, total } = partOf(stage);
        const payload = { stage: stage.stage.padEnd(10), units: stageWords(stage) };
        const bar = stages.get(stage.stage) ?? multi.create(total, 0, payload);
        stages.set(stage.stage, bar);
        bar.setTotal(total);
        bar.update(Math.min(total, done), payload);
      }
      const lines = [wholeLine(status, (now() - began) / 1000), ...agentLines(agents)];
      lines.forEach((line, at) => { say(at, line); });
      for (let at = lines.length; at < texts.length; at++) say(at, '');
    },
    stop: () => multi.stop(),
  };
}

function partOf({ unitsTotal, unitsDone, shardsTotal, shardsDone }: StageStatus): { readonly done: number; readonly total: number } {
  return Number(unitsTotal) > 0 ? { done: unitsDone, total: Number(unitsTotal) } : { done: shardsDone, total: Math.max(1, shardsTotal) };
}

function stageWords(stage: StageStatus): string {
  const { done, total } = partOf(stage);
  return [
    Number(stage.unitsTotal) > 0 ? `${count(Math.floor(done))} of ${count(total)} units` : `${stage.shardsDone} of ${counted(stage.shardsTotal, 'shard')}`,
    ...(stage.shardsLeased > 0 ? [`${counted(stage.shardsLeased, 'shard')} at work`] : []),
    ...(stage.shardsQuarantined > 0 ? [`${counted(stage.shardsQuarantined, 'shard')} in quarantine`] : []),
  ].join(', ');
}

/** `running: 12 of 48 units (25 %), 2.0 units/s, 18 s to go; 24 s so far, nothing failed`. */
function wholeLine(status: SweepStatus, seconds: number): string {
  const isFailing = status.stages.some(({ shardsQuarantined }) => shardsQuarantined > 0);
  return `${progressLine(status)}; ${duration(seconds)} so far${isFailing ? '' : ', nothing failed'}`;
}

function agentLines(agents: readonly AgentStatus[]): readonly string[] {
  const shown = [...agents].sort((a, b) => b.leases - a.leases || (a.agentId < b.agentId ? -1 : 1)).slice(0, mostAgents);
  return [
    ...shown.map((agent) => `${agent.agentId.padEnd(10)} ${agent.provider} | ${counted(Number(agent.unitsDone), 'unit')}, ${counted(agent.leases, 'shard')} at work${agent.shardsFailed > 0 ? `, ${agent.shardsFailed} failed` : ''}, heard ${duration(agent.heartbeatAgeSeconds)} ago`),
    ...(agents.length > mostAgents ? [`and ${counted(agents.length - mostAgents, 'agent')} more: neuron-atlas agents`] : []),
  ];
}
