import { defineCommand, type AnyCommand } from '../command.js';
import { WrongValue } from '../option.js';

const shells = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof shells)[number];

export const completion = defineCommand<{ shell: Shell }>({
  name: 'completion',
  summary: 'Print what makes a shell complete commands and flags.',
  examples: ['completion bash', 'completion zsh', 'completion fish'],
  options: {
    shell: {
      argument: 'SHELL', doc: 'bash, zsh or fish. bash: put `source <(neuron-atlas completion bash)` into ~/.bashrc.',
      parse: (raw) => {
        if (!(shells as readonly string[]).includes(raw ?? '')) throw new WrongValue(`is "${raw ?? ''}", expected one of ${shells.join(', ')}`);
        return raw as Shell;
      },
    },
  },
  run: async ({ options, out }) => {
    // This command is one of them: they are known only once all are loaded.
    const commands = Object.values(await import('./index.js')) as readonly unknown[] as readonly AnyCommand[];
    const script = scripts[options.shell](commands.map(({ name, summary, options: taken }) => ({
      name, summary, flags: [...Object.values(taken).flatMap(({ flag }) => (flag === undefined ? [] : [flag.split(' ')[0]!])), '--json', '--help'],
    })));
    out.document({ shell: options.shell, script }, () => script.trimEnd().split('\n'));
  },
});

interface Known { readonly name: string; readonly summary: string; readonly flags: readonly string[] }

const cases = (commands: readonly Known[]): string => commands.map(({ name, flags }) => `    ${name}) words="${flags.join(' ')}" ;;`).join('\n');
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const scripts: Readonly<Record<Shell, (commands: readonly Known[]) => string>> = {
  bash: (commands) => `_neuron_atlas() {
  local words current="\${COMP_WORDS[COMP_CWORD]}"
  case "\${COMP_WORDS[1]}" in
${cases(commands)}
    *) words="" ;;
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then words="${commands.map(({ name }) => name).join(' ')} --help --version"; fi
  COMPREPLY=( $(compgen -W "$words" -- "$current") )
}
complete -o default -F _neuron_atlas neuron-atlas
`,
  zsh: (commands) => `#compdef neuron-atlas
_neuron_atlas() {
  local -a commands
  commands=(
${commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary.replaceAll(':', ' -')}`)}`).join('\n')}
  )
  if (( CURRENT == 2 )); then _describe command commands; return; fi
  local flags
  case "\${words[2]}" in
${cases(commands).replaceAll('words=', 'flags=')}
  esac
  compadd -- \${=flags}
  _files
}
compdef _neuron_atlas neuron-atlas
`,
  fish: (commands) => [
    ...commands.map(({ name, summary }) => `complete -c neuron-atlas -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`),
    ...commands.flatMap(({ name, flags }) => flags.map((flag) => `complete -c neuron-atlas -n '__fish_seen_subcommand_from ${name}' -l ${flag.slice(2)}`)),
  ].join('\n'),
};
