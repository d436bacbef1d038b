/** `holdfast completion`: a script for the shell, made from the commands themselves. */
import type { Command } from 'commander';

interface Branch {
  /** Words typed so far: `` for the program itself, `seal` inside `holdfast seal`. */
  readonly words: string;
  readonly next: readonly string[];
}

function branchesOf(command: Command, words: string): Branch[] {
  const children = command.commands.filter((child) => child.name() !== 'help');
  const options = command.options.flatMap(({ long }) => (typeof long === 'string' ? [long] : []));
  const next = [...children.map((child) => child.name()), ...options, '--help'];
  return [
    { words, next },
    ...children.flatMap((child) => branchesOf(child, `${words} ${child.name()}`.trim())),
  ];
}

/** Bash (`\x24` is its dollar sign); zsh runs the same through `bashcompinit`. */
export function completionScript(program: Command): string {
  // The deepest first: what follows a command is its arguments, unless it is a command of its own.
  const cases = branchesOf(program, '')
    .reverse()
    .map(({ words, next }) => {
      const pattern = words === '' ? "''" : `'${words}'|'${words} '*`;
      return `    ${pattern}) next='${next.join(' ')}' ;;`;
    });
  return [
    '# holdfast completion: source this, or put `source <(holdfast completion)` into ~/.bashrc.',
    '# zsh: run `autoload -U +X bashcompinit && bashcompinit` first.',
    '_holdfast() {',
    '  local words="" next="" word',
    '  for word in "\x24{COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
    '    case "$word" in -*) ;; *) words="\x24{words:+$words }$word" ;; esac',
    '  done',
    '  case "$words" in',
    ...cases,
    '  esac',
    '  COMPREPLY=($(compgen -W "$next" -- "\x24{COMP_WORDS[COMP_CWORD]}"))',
    '}',
    'complete -F _holdfast holdfast',
  ].join('\n');
}
