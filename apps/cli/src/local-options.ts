import { WrongValue, wholeNumber, type Option } from './option.js';

/** Flags of the commands that start coordinator and agents here. */
export const stateOption: Option<string> = {
  flag: '--state DIR', doc: 'Folder of the database, caches and logs (default: .neuron-atlas).', parse: (raw) => raw || '.neuron-atlas',
};
export const agentsOption: Option<number> = {
  flag: '--agents N', doc: 'Agents that share the cores of this machine (default: 1).', parse: wholeNumber(1, 64, 1),
};
const providers = ['auto', 'cuda', 'webgpu', 'cpu'];
export const providerOption: Option<string> = {
  flag: '--provider NAME',
  doc: `What agents compute on: ${providers.join(', ')} (default: auto).`,
  parse: (raw = 'auto') => {
    if (!providers.includes(raw)) throw new WrongValue(`is "${raw}", expected one of ${providers.join(', ')}`);
    return raw;
  },
};
