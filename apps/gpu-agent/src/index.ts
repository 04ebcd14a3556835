export { readConfig, type AgentConfig, type Machine, type ProviderChoice } from './config.js';
export { runAgent, type AgentOptions } from './supervisor/run-agent.js';
export { defaultTiming, type Timing } from './supervisor/timing.js';
