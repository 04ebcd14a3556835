import { describe, expect, it } from 'vitest';
import { defineCommand, type AnyCommand } from './command.js';
import { parseCommandLine } from './command-line.js';
import { isGiven, optionalText, text, wholeNumber } from './option.js';

const paint = defineCommand<{ what: string; where: string | undefined; coats: number; dryRun: boolean }>({
  name: 'paint',
  summary: 'Paint something.',
  examples: ['paint door --coats 2'],
  options: {
    what: { argument: 'WHAT', doc: 'What to paint.', parse: text },
    where: { argument: '[WHERE]', doc: 'Where it is.', parse: optionalText },
    coats: { flag: '--coats N', doc: 'How often.', parse: wholeNumber(1, 9, 1) },
    dryRun: { flag: '--dry-run', doc: 'Only say so.', parse: isGiven },
  },
  run: async () => undefined,
}) as unknown as AnyCommand;

const parse = (...argv: string[]) => parseCommandLine(argv, [paint], '1.2.3');

describe('parseCommandLine', () => {
  it('gives the command with its options, parsed, defaults filled in', () => {
    expect(parse('paint', 'door')).toMatchObject({ kind: 'command', json: false, options: { what: 'door', where: undefined, coats: 1, dryRun: false } });
    expect(parse('paint', 'door', 'hall', '--coats', '3', '--dry-run', '--json')).toMatchObject({
      kind: 'command', json: true, options: { what: 'door', where: 'hall', coats: 3, dryRun: true },
    });
  });

  it('prints the version, the help of all and the help of one', () => {
    expect(parse('--version')).toEqual({ kind: 'text', text: '1.2.3\n' });
    expect(parse('--help')).toMatchObject({ kind: 'text', text: expect.stringContaining('paint') });
    expect(parse()).toMatchObject({ kind: 'text', text: expect.stringContaining('Usage: neuron-atlas') });
    expect(parse('paint', '--help')).toMatchObject({ kind: 'text', text: expect.stringMatching(/<WHAT> \[WHERE\][^]*--coats <N>[^]*--json[^]*Example:\n {2}neuron-atlas paint door --coats 2/) });
  });

  it.each([
    [['paint'], /missing required argument/],
    [['paint', 'door', '--coast', '2'], /unknown option '--coast'.*Did you mean --coats\?/],
    [['paint', 'door', '--coats', '10'], /^--coats is "10", expected a whole number from 1 to 9$/],
    [['paint', 'door', 'hall', 'more'], /too many arguments/],
    [['pain'], /unknown command 'pain'.*Did you mean paint\?/],
  ])('calls %j a usage error', (argv, message) => {
    expect(() => parse(...argv)).toThrow(expect.objectContaining({ code: 'CLI_USAGE', message: expect.stringMatching(message) }));
  });
});
