import { afterEach, beforeEach, vi } from 'vitest';

export interface FakeClock {
  /** Milliseconds by the clock (performance.now), which timers do not move. */
  now: number;
  /** Timers run for so long, while the clock goes on by `clockMs`. @default the same */
  pass(timersMs: number, clockMs?: number): void;
}

/** For each test of the file a clock that begins at 0, and timers that run only when told to. */
export function fakeClock(): FakeClock {
  const clock: FakeClock = {
    now: 0,
    pass: (timersMs, clockMs = timersMs) => {
      clock.now += clockMs;
      vi.advanceTimersByTime(timersMs);
    },
  };
  beforeEach(() => {
    clock.now = 0;
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    vi.spyOn(performance, 'now').mockImplementation(() => clock.now);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });
  return clock;
}
