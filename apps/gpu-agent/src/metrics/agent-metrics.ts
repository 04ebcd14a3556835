import { stages } from '@neuron-atlas/spec';
import { boundedLabel, Counter, Gauge, Histogram, prefix, type Registry } from '@neuron-atlas/telemetry';
import { nobody, type AgentObserver } from '../supervisor/observer.js';
import type { ShardOutcome } from '../supervisor/work-on-shard.js';
import { busyPhases, type PhaseClock } from './phase-clock.js';

const outcomes: readonly ShardOutcome[] = ['committed', 'fenced', 'failed', 'cancelled', 'yielded', 'lost', 'session-lost', 'draining'];

/** An agent sees few models in its life; a time series for each of more than this is nobody's gain. */
const mostModels = 20;

/** Metrics of an agent, and the ear that fills them and passes all on to `next`. Every combination of bounded labels is there from the start, at 0. */
export function createAgentMetrics(registry: Registry, clock: PhaseClock, next: AgentObserver = nobody): AgentObserver {
  const registers = [registry];
  const model = boundedLabel(mostModels);

  const units = new Counter({ name: `${prefix}agent_units_processed_total`, help: 'Units whose shard was committed, by model and stage.', labelNames: ['model', 'stage'], registers });
  const shards = new Counter({ name: `${prefix}agent_shards_total`, help: 'Leased shards by how the work on them ended.', labelNames: ['outcome', 'stage'], registers });
  for (const stage of stages) for (const outcome of outcomes) shards.inc({ outcome, stage }, 0);
  const uploadBytes = new Counter({ name: `${prefix}agent_upload_bytes_total`, help: 'Bytes of results that were stored.', registers });
  const selfFenced = new Counter({ name: `${prefix}agent_self_fenced_total`, help: 'Shards given up because no renewal of the lease was heard for too long.', registers });
  const missed = new Counter({ name: `${prefix}agent_heartbeat_missed_total`, help: 'Heartbeats that were not answered.', registers });
  const roundTrip = new Histogram({
    name: `${prefix}agent_heartbeat_rtt_seconds`, help: 'Round trip of a heartbeat that was answered.', buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10], registers,
  });
  const engines = new Counter({ name: `${prefix}agent_engine_starts_total`, help: 'Engine children that became ready; replaced counts those after a death.', labelNames: ['replaced'], registers });
  for (const replaced of ['true', 'false']) engines.inc({ replaced }, 0);
  const about = new Gauge({ name: `${prefix}agent_info`, help: 'What the agent computes on; always 1. Join it by instance.', labelNames: ['provider', 'device'], registers });
  const registered = new Gauge({ name: `${prefix}agent_registered`, help: '1 while the agent has a session with the coordinator.', registers });
  const draining = new Gauge({ name: `${prefix}agent_draining`, help: '1 after the agent was asked to stop.', registers });
  new Counter({
    name: `${prefix}agent_busy_seconds_total`, help: 'Time of the agent by what it went into; the share of compute is the utilisation.', labelNames: ['phase'], registers,
    collect() {
      this.reset();
      const spent = clock.seconds();
      for (const phase of busyPhases) this.inc({ phase }, spent.get(phase)!);
    },
  });

  return {
    phase: (phase) => {
      clock.enter(phase);
      next.phase(phase);
    },
    registered: () => {
      registered.set(1);
      next.registered();
    },
    sessionLost: () => {
      registered.set(0);
      next.sessionLost();
    },
    heartbeat: (seconds) => {
      if (seconds === undefined) missed.inc();
      else roundTrip.observe(seconds);
      next.heartbeat(seconds);
    },
    engineStarted: (engine) => {
      engines.inc({ replaced: String(engine.replaced) });
      about.reset();
      about.set({ provider: engine.provider, device: engine.device }, 1);
      next.engineStarted(engine);
    },
    uploaded: (bytes) => {
      uploadBytes.inc(bytes);
      next.uploaded(bytes);
    },
    shardEnded: (shard) => {
      const { outcome, stage, model: name, units: done } = shard;
      shards.inc({ outcome, stage });
      if (outcome === 'committed') units.inc({ model: model(name), stage }, done);
      if (outcome === 'fenced') selfFenced.inc();
      next.shardEnded(shard);
    },
    draining: () => {
      draining.set(1);
      next.draining();
    },
  };
}
