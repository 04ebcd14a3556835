/** What a shard took on a device. */
export interface Sample {
  /** Its program: sweep, stage, layer and view. */
  readonly lot: string;
  readonly device: string;
  /** As the plan has it, in 10^9 multiply-adds. */
  readonly cost: number;
  readonly seconds: number;
}

/** Seconds for a unit of cost, learnt while shards are done; a lot that was never tried takes what its device takes for others. */
export interface CostModel {
  learn(sample: Sample): void;
  /** Undefined where nothing like it was ever tried. */
  secondsOf(what: { readonly lot: string; readonly device: string; readonly cost: number }): number | undefined;
}

interface Rate { readonly logRate: number; readonly samples: number }

/** Later samples count for a tenth at least: a device that grows slow is seen within a few leases. */
const leastWeight = 0.1;
/** From the fourth on a sample moves the rate as if it were at most four times off: one that hung on a slow disk is no rate. */
const boundedFrom = 3;
const mostOff = Math.log(4);

// log rate ← log rate + w · clip(log(seconds / cost) − log rate), w = max(1 / n, 0.1): a geometric mean, then a moving one
function moved(rate: Rate | undefined, observed: number): Rate {
  if (rate === undefined) return { logRate: observed, samples: 1 };
  const samples = rate.samples + 1;
  const off = observed - rate.logRate;
  const bounded = rate.samples >= boundedFrom ? Math.max(-mostOff, Math.min(mostOff, off)) : off;
  return { logRate: rate.logRate + Math.max(1 / samples, leastWeight) * bounded, samples };
}

/** Lots that are over are forgotten, the one that was learnt of longest ago first. */
const mostKept = 20_000;

export function createCostModel(): CostModel {
  const rates = new Map<string, Rate>();
  const keys = (device: string, lot: string): readonly [string, string] => [`${device}\n${lot}`, device];
  return {
    learn: ({ lot, device, cost, seconds }) => {
      if (!(cost > 0) || !(seconds > 0)) return;
      for (const key of keys(device, lot)) {
        const rate = moved(rates.get(key), Math.log(seconds / cost));
        rates.delete(key); // to the end of the order
        rates.set(key, rate);
      }
      for (const oldest of rates.keys()) {
        if (rates.size <= mostKept) break;
        rates.delete(oldest);
      }
    },
    secondsOf: ({ lot, device, cost }) => {
      for (const key of keys(device, lot)) {
        const rate = rates.get(key);
        if (rate !== undefined) return cost * Math.exp(rate.logRate);
      }
      return undefined;
    },
  };
}
