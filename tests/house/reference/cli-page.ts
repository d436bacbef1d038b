/** docs/cli.md: every command with its options, from the command line itself. */
import { commandDocs } from '../../../daemon/cli/program.ts';
import type { CommandEnvironment } from '../../../daemon/cli/terminal.ts';
import { unbuiltCommandNames } from '../../../daemon/cli/unbuilt.ts';
import { exitCodes } from '../../../streams/facts/errors.ts';
import { projectRoot } from '../sources.ts';
import { generatedPage, markdownTable } from './markdown.ts';

/** Listing commands runs none of them. */
const idle: CommandEnvironment = {
  terminal: {
    out: () => undefined,
    note: () => undefined,
    live: () => undefined,
    isInteractive: false,
    columns: 100,
  },
  get ports(): CommandEnvironment['ports'] {
    throw new Error('listing the commands needs no ports');
  },
  environment: {},
  packageRoot: projectRoot,
  workingDirectory: projectRoot,
  json: false,
};

function commandPart({
  name,
  takes,
  about,
  options,
}: ReturnType<typeof commandDocs>[number]): string {
  const usage = `\`holdfast ${[name, takes].filter((part) => part !== '').join(' ')}\``;
  const rows = options.map(({ flags, about: what }) => [`\`${flags}\``, what]);
  const table = rows.length === 0 ? [] : [markdownTable(['option', 'means'], rows)];
  return [
    `### ${name}`,
    usage,
    `${about.replace(/^./, (first) => first.toUpperCase())}.`,
    ...table,
  ].join('\n\n');
}

export function cliPage(): string {
  const unbuilt = unbuiltCommandNames.map((name) => `\`${name}\``).join(', ');
  return generatedPage('Command line', '`daemon/cli/`', [
    'Results go to stdout, everything else to stderr. Every command takes `--json`: one JSON document instead of tables, ' +
      'errors included (`up` and `attach` print one document a line). `holdfast status` needs no configuration on the same host: ' +
      'a daemon leaves its addresses in its data directory. Beyond that, `--url`, `HOLDFAST_STATUS_URL` and `HOLDFAST_CONTROL_URL` name one. ' +
      'Commands that change something take their token from `HOLDFAST_TOKEN`, else from the file the local profile writes.',
    '## Commands',
    ...commandDocs(idle).map(commandPart),
    '## Not built yet',
    `Specified, and answered with \`NOT_BUILT\`: ${unbuilt}.`,
    '## Exit codes',
    markdownTable(['exit code', 'means'], Object.entries(exitCodes)),
    'Error codes and what they mean: [errors](errors.md).',
  ]);
}
