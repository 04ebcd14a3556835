import { packageNames } from '@neuron-atlas/plugins';
import { WrongValue, wholeNumber, type Option } from './option.js';

/** Flags of the commands that start coordinator and agents here. */
export const stateOption: Option<string> = {
  flag: '--state DIR', doc: 'Folder of the database, caches and logs (default: .neuron-atlas).', parse: (raw) => raw || '.neuron-atlas',
};
export const agentsOption: Option<number> = {
  flag: '--agents N', doc: 'Agents that share the cores of this machine (default: 1).', parse: wholeNumber(1, 64, 1),
};
/** Flag of the commands that read specs or list plugins; where it is not given, `NEURON_ATLAS_PLUGINS` counts. */
export const pluginsOption: Option<readonly string[] | undefined> = {
  flag: '--plugins NAMES',
  doc: 'npm packages of plugins, with commas between them, looked up from the current folder (default: NEURON_ATLAS_PLUGINS).',
  parse: (raw) => (raw === undefined ? undefined : packageNames(raw)),
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
