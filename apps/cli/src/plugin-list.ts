import type { Plugin } from '@neuron-atlas/plugins';

/** Plugins with their params, defaults and sources, as people read them. */
export function pluginLines(plugins: readonly Plugin[]): readonly string[] {
  return plugins.flatMap(({ name, version, summary, source, params }, index) => [
    ...(index === 0 ? [] : ['']),
    `${name} (version ${version})`,
    `  ${summary}`,
    `  after ${source}`,
    ...Object.entries(params).map(([param, { default: value, doc }]) => `    ${param} = ${value === '' ? '(none)' : value}: ${doc}`),
  ]);
}

export const pluginRecord = ({ name, version, summary, source, params }: Plugin): Readonly<Record<string, unknown>> =>
  ({ name, version, summary, source, params: Object.fromEntries(Object.entries(params).map(([param, { default: value, doc }]) => [param, { default: value, doc }])) });
