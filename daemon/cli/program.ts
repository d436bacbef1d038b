/** The command line: commander parses, each command is a function that answers an exit code. */
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { errorCodes, exitCodes, HoldfastError } from '../../streams/facts/errors.ts';
import { addCommands } from './command-groups.ts';
import type { CommandEnvironment } from './terminal.ts';
import { refuseUnbuilt, unbuiltCommandNames } from './unbuilt.ts';

const exitCodeHelp = [
  '',
  'Exit codes:',
  ...Object.entries(exitCodes).map(([code, meaning]) => `  ${code.padStart(3)}  ${meaning}`),
  '',
  `Not built yet: ${unbuiltCommandNames.join(', ')}`,
].join('\n');

function versionOf({ ports, packageRoot }: CommandEnvironment): string {
  const manifest = ports.disk.readFile(join(packageRoot, 'package.json')).toString('utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

/** Usage errors go to stderr for people; with `--json` they are a document like any other error. */
function settled(error: CommanderError, environment: CommandEnvironment): number {
  if (error.exitCode === 0) return 0;
  if (environment.json) throw new HoldfastError('USAGE', error.message.replace(/^error: /, ''));
  return errorCodes.USAGE.exitCode;
}

/** Parses arguments and runs the command. Rejects with USAGE, or with what the command threw. */
export function buildProgram(
  environment: CommandEnvironment,
): (args: readonly string[]) => Promise<number> {
  let exitCode = 0;
  const program = new Command('holdfast')
    .description(
      'A fail-closed trading daemon: orders never duplicated, never illegal, never sized wrong in silence.',
    )
    .option('--json', 'one JSON document on stdout instead of tables')
    .option('-V, --version', 'print the version')
    .showHelpAfterError('(run with --help for what there is)')
    .addHelpText('after', exitCodeHelp)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => environment.terminal.out(text.trimEnd()),
      writeErr: (text) => {
        if (!environment.json) environment.terminal.note(text.trimEnd());
      },
    });
  addCommands(program, environment, async (code) => {
    exitCode = await code;
  });
  inheritSettings(program);
  return async (args) => {
    if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
      environment.terminal.out(versionOf(environment));
      return 0;
    }
    refuseUnbuilt(args);
    try {
      await program.parseAsync([...args], { from: 'user' });
      return exitCode;
    } catch (error) {
      if (!(error instanceof CommanderError)) throw error;
      return settled(error, environment);
    }
  };
}

/** `--json`, exit override and output for every command below. */
function inheritSettings(command: Command): void {
  for (const child of command.commands) {
    child.copyInheritedSettings(command);
    if (child.commands.length === 0) child.option('--json', 'JSON instead of tables');
    inheritSettings(child);
  }
}

/** A command as users type it, for the documents. */
export interface CommandDoc {
  readonly name: string;
  /** `<files...>`. */
  readonly takes: string;
  readonly about: string;
  readonly options: ReadonlyArray<{ readonly flags: string; readonly about: string }>;
}

/** Every command with its options. */
export function commandDocs(environment: CommandEnvironment): CommandDoc[] {
  const docs: CommandDoc[] = [];
  const program = new Command('holdfast');
  addCommands(program, environment, async () => undefined);
  const walk = (command: Command, prefix: string): void => {
    for (const child of command.commands) {
      const name = `${prefix}${child.name()}`;
      if (child.commands.length > 0) {
        walk(child, `${name} `);
        continue;
      }
      const givenTo = child.registeredArguments.map((argument) =>
        argument.variadic ? `<${argument.name()}...>` : `<${argument.name()}>`,
      );
      docs.push({
        name,
        takes: givenTo.join(' '),
        about: child.description(),
        options: child.options.map(({ flags, description }) => ({ flags, about: description })),
      });
    }
  };
  walk(program, '');
  return docs;
}
