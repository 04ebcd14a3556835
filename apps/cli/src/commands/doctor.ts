import { defineCommand } from '../command.js';
import type { Finding } from '../doctor/check.js';
import * as checks from '../doctor/index.js';
import { errors } from '../errors.js';
import { absoluteLocation } from '../location.js';
import { optionalText, WrongValue } from '../option.js';

interface Options {
  readonly coordinator: string | undefined;
  readonly operations: string | undefined;
  readonly output: string | undefined;
  readonly provider: string | undefined;
}

const marks = { good: 'ok', warning: '??', bad: '!!' } as const;

/** From the machine outwards: what comes first explains what comes after. */
const order = ['node', 'memory', 'disk', 'provider', 'gpu', 'certificate', 'output', 'coordinator', 'operations'];

export const doctor = defineCommand<Options>({
  name: 'doctor',
  summary: 'Check this machine, and a coordinator and a store where they are named, for what makes sweeps fail.',
  examples: ['doctor', 'doctor --provider cpu --output s3://bucket/prefix', 'doctor --coordinator 127.0.0.1:7071 --operations http://127.0.0.1:9464'],
  options: {
    coordinator: { flag: '--coordinator HOST:PORT', doc: 'A coordinator that should answer; nothing by default.', parse: optionalText },
    operations: {
      flag: '--operations URL', doc: 'http://HOST:PORT of the metrics port of a coordinator or an agent.',
      parse: (raw) => {
        if (raw !== undefined && !(URL.canParse(raw) && /^https?:/.test(raw))) throw new WrongValue(`is "${raw}", expected http://HOST:PORT`);
        return raw?.replace(/\/+$/, '');
      },
    },
    output: { flag: '--output PLACE', doc: 'A folder or s3://bucket/prefix that results should go to; a small object is written and deleted.', parse: optionalText },
    provider: {
      flag: '--provider NAME', doc: 'The provider that an agent here should use: cuda, webgpu or cpu.',
      parse: (raw) => {
        if (raw !== undefined && !['cuda', 'webgpu', 'cpu'].includes(raw)) throw new WrongValue(`is "${raw}", expected cuda, webgpu or cpu`);
        return raw;
      },
    },
  },
  run: async ({ options, out, world, signal }) => {
    const subjects = { ...options, output: options.output === undefined ? undefined : absoluteLocation(options.output, world.cwd) };
    const findings: Finding[] = [];
    for (const check of Object.values(checks).sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name))) {
      for (const finding of await check.run({ world, subjects, signal })) findings.push({ check: check.name, ...finding });
    }
    out.document(findings, () => findings.flatMap(({ check, verdict, detail, help }) => [
      `${marks[verdict]}  ${check.padEnd(11)}  ${detail}`, ...(help === undefined ? [] : [`${' '.repeat(17)}${help}`]),
    ]));
    const bad = findings.filter(({ verdict }) => verdict === 'bad');
    if (bad.length > 0) throw errors.doctorFound({ checks: [...new Set(bad.map(({ check }) => check))] });
  },
});
