/** The commands that change what the daemon may do. */
import { type Command, Option } from 'commander';
import { noteAdoptable } from './adopt.ts';
import { sendCommand } from './command.ts';
import type { Finish } from './command-groups.ts';
import { at, dataOption, urlOption } from './place-options.ts';
import type { CommandEnvironment } from './terminal.ts';

async function reconcileCommand(
  environment: CommandEnvironment,
  { cause, ...place }: { cause: string; url?: string; data: string },
): Promise<number> {
  const code = await sendCommand(environment, '/api/v1/control/reconcile', { cause }, at(place));
  await noteAdoptable(environment, at(place));
  return code;
}

export function addCommanding(
  program: Command,
  environment: CommandEnvironment,
  finish: Finish,
): void {
  const rows = [
    ['reduce-only', '/api/v1/emergency/reduce_only', 'restrict to orders that reduce risk, now'],
    ['rearm', '/api/v1/control/rearm', 'let execute again what repeated too often and was stopped'],
    ['freeze', '/api/v1/control/freeze', 'no new risk until unfrozen; resting risk is cancelled'],
    ['unfreeze', '/api/v1/control/unfreeze', 'lift a freeze'],
  ] as const;
  for (const [name, path, description] of rows) {
    program
      .command(name)
      .description(description)
      .option('--cause <text>', 'why, for the record', 'by hand')
      .addOption(urlOption())
      .addOption(dataOption())
      .action((options: { cause: string; url?: string; data: string }) =>
        finish(sendCommand(environment, path, { cause: options.cause }, at(options))),
      );
  }
  program
    .command('reconcile')
    .description('reconcile with the venue now, and show what was left to adopt')
    .option('--cause <text>', 'why, for the record', 'by hand')
    .addOption(urlOption())
    .addOption(dataOption())
    .action((options: { cause: string; url?: string; data: string }) =>
      finish(reconcileCommand(environment, options)),
    );
  program
    .command('kill')
    .description('stop trading, cancel open orders; an owner restores')
    .option('--cause <text>', 'why, for the record', 'by hand')
    .option('--flatten', 'close positions as well')
    .option('--keep-reduce-only', 'leave reduce-only orders alive')
    .addOption(urlOption())
    .addOption(dataOption())
    .action(
      (options: {
        cause: string;
        flatten?: true;
        keepReduceOnly?: true;
        url?: string;
        data: string;
      }) =>
        finish(
          sendCommand(
            environment,
            '/api/v1/emergency/kill',
            {
              cause: options.cause,
              flatten: options.flatten === true,
              keep_reduce_only: options.keepReduceOnly === true,
            },
            at(options),
          ),
        ),
    );
  program
    .command('restore')
    .description('lower the operator floor of a tier; refused while a reason of it stands')
    .addOption(
      new Option('--tier <tier>', 'which floor')
        .choices(['ReduceOnly', 'Kill'])
        .makeOptionMandatory(),
    )
    .requiredOption('--reason <text>', 'why it is safe now')
    .addOption(urlOption())
    .addOption(dataOption())
    .action((options: { tier: string; reason: string; url?: string; data: string }) =>
      finish(
        sendCommand(
          environment,
          '/api/v1/control/restore',
          { tier: options.tier, reason: options.reason },
          at(options),
        ),
      ),
    );
}
