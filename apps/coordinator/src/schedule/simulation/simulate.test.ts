import { describe, expect, it } from 'vitest';
import type { offersFor } from '../offers.js';
import { deepPlan, largeFleet } from './scenario.js';
import { simulate, type Scenario } from './simulate.js';

/** A hundred agents on three sweeps of a hundred thousand units; `npm run bench -- scheduling` has ten times as many of both. */
const fleet = (weights: readonly number[], changes: Partial<Scenario> = {}): Scenario => ({ ...largeFleet({ weights, seed: 7, scale: 0.1 }), ...changes });

describe('the schedule, in a simulation of agents of three speeds that vanish now and then', () => {
  it.each([[[1, 1, 1]], [[1, 2, 3]]])('keeps agents at work to the end, shares %j in proportion, and starves nobody', (weights) => {
    const outcome = simulate(fleet(weights));
    expect(outcome.useful).toBeGreaterThan(0.97);
    expect(outcome.makespanSeconds / outcome.lowerBoundSeconds).toBeLessThan(1.03);
    expect(outcome.fairnessError).toBeLessThan(0.05);
    expect(outcome.longestDroughtSeconds).toBeLessThan(120);
    expect(outcome.preemptions).toBeGreaterThan(3);
    // Between the target and half of it, but for the probes and the end.
    expect(outcome.leaseSeconds[1]).toBeGreaterThan(45);
    expect(outcome.leaseSeconds[2]).toBeLessThan(120);
  });

  it('gives the same to the same seed', () => {
    expect(simulate(fleet([1, 1, 1]))).toEqual(simulate(fleet([1, 1, 1])));
  });

  it('gives a sweep of little weight its little, and does not starve it', () => {
    const outcome = simulate(fleet([1, 50, 50]));
    expect(outcome.longestDroughtSeconds).toBeLessThan(180);
    expect(outcome.fairnessError).toBeLessThan(0.25); // one agent in a hundred: a lease more or less is a large part of it
  });

  it('serves a higher band first, and a sweep with a quota within it', () => {
    const { sweeps } = fleet([1, 1, 1]);
    const outcome = simulate(fleet([1, 1, 1], { sweeps: sweeps.map((sweep, i) => ({ ...sweep, priority: i === 2 ? 1 : 0, maxAgents: i === 0 ? 10 : 0 })) }));
    expect(outcome.finishedAt[2]).toBeLessThan(outcome.finishedAt[1]! / 2 + 300);
    expect(outcome.finishedAt[1]).toBeLessThan(outcome.finishedAt[0]!);
    expect(outcome.mostAgents[0]).toBe(10);
  });

  it('lets a sweep that comes later have its part from then on, not what it missed', () => {
    const { sweeps } = fleet([1, 1]);
    const late = simulate(fleet([1, 1], { preemptedAnHour: 0, sweeps: [sweeps[0]!, { ...sweeps[1]!, at: 900 }] }));
    // Alone the first would have half of all time; after 900 s alone it has half of the rest, and is through first.
    expect(late.finishedAt[0]).toBeLessThan(late.finishedAt[1]! - 300);
    expect(late.useful).toBeGreaterThan(0.97);
  });

  it('shows a schedule that is none: who came first gets all', () => {
    const inOrder: typeof offersFor = (sweeps, _agent, { most }) => sweeps.flatMap((sweep) => sweep.lots.map((lot) => ({ sweep, lot, most: Math.min(most, lot.left), seconds: 90 })));
    const outcome = simulate(fleet([1, 1, 1]), inOrder);
    expect(outcome.fairnessError).toBeGreaterThan(0.9);
    expect(outcome.makespanSeconds / outcome.lowerBoundSeconds).toBeGreaterThan(1.03);
    expect(outcome.longestDroughtSeconds).toBeGreaterThan(600);
  });

  it('finishes one unit on one agent', () => {
    const outcome = simulate(fleet([1], { sweeps: [{ plan: deepPlan('one', { units: 1, layers: 1 }), weight: 1 }], devices: [{ name: 'only', count: 1, speed: 60 }], preemptedAnHour: 0 }));
    expect(outcome).toMatchObject({ shards: 1, leases: 1, fairnessError: 0 });
  });
});
