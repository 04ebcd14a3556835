import type { AgentObserver } from '../supervisor/observer.js';

/** Knows whether the agent can take work: it has a session and was not asked to stop. Passes on all that it hears. */
export function createReadiness(next: AgentObserver): { readonly observer: AgentObserver; readonly problem: () => string | undefined } {
  let problem: string | undefined = 'not yet registered with the coordinator';
  let stopping = false;
  return {
    problem: () => (stopping ? 'asked to stop' : problem),
    observer: {
      ...next,
      registered: () => {
        problem = undefined;
        next.registered();
      },
      sessionLost: () => {
        problem = 'the session with the coordinator was lost';
        next.sessionLost();
      },
      draining: () => {
        stopping = true;
        next.draining();
      },
    },
  };
}
