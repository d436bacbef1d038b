/** The commands, in groups: what each takes, what it says about itself, and what it runs. */
import { join } from 'node:path';
import { Argument, type Command, Option } from 'commander';
import { importOptionHelp } from '../../streams/worlds/index.ts';
import { liveStreamRows, severities } from '../http/live/streams.ts';
import { runCommand } from '../run/run-command.ts';
import { daemonCommand } from '../system/daemon-command.ts';
import { upCommand } from '../up/up.ts';
import { watchdogCommand } from '../watchdog/watchdog-command.ts';
import { addAdopting } from './adopt.ts';
import { attachCommand } from './attach.ts';
import { defaultDataDirectory } from './client.ts';
import { addCommanding } from './commanding.ts';
import { completionScript } from './completion.ts';
import { configApplyCommand } from './config-apply.ts';
import { configCheckCommand } from './config-check.ts';
import { doctorCommand } from './doctor.ts';
import { explainCommand } from './explain.ts';
import { type JournalPlace, repairCommand, verifyCommand } from './journal.ts';
import { countValue, offsetValue, secondsValue } from './option-values.ts';
import { at, dataOption, urlOption } from './place-options.ts';
import { type ShownThing, showCommand, shownThings } from './show.ts';
import { healthCommand, statusCommand } from './status.ts';
import type { CommandEnvironment } from './terminal.ts';
import { oracleListCommand, oracleVerifyCommand, sealImportCommand } from './worlds.ts';

/** Takes what a command answers as the exit code of the program. */
export type Finish = (exitCode: number | Promise<number>) => Promise<void>;

const journalOption = (): Option =>
  new Option('--journal <directory>', 'the journal itself (default: the one under --data)');
const profileOption = (): Option =>
  new Option('--profile <name>', 'name of a shipped profile, or path of a profile file').default(
    'local',
  );
const rootOption = (): Option =>
  new Option('--root <directory>', 'root of the oracle store').default(
    join(defaultDataDirectory, 'oracle'),
  );

function addRunning(program: Command, environment: CommandEnvironment, finish: Finish): void {
  program
    .command('up')
    .description('start the whole system on loopback and keep it running')
    .addOption(profileOption())
    .option('--for <seconds>', 'stop by itself after this long', secondsValue)
    .action((options: { profile: string; for?: number }) =>
      finish(
        upCommand(environment, {
          profile: options.profile,
          ...(options.for === undefined ? {} : { forSeconds: options.for }),
        }),
      ),
    );
  program
    .command('daemon')
    .description('run the daemon alone, in the foreground (the venue runs elsewhere)')
    .addOption(profileOption())
    .action((options: { profile: string }) => finish(daemonCommand(environment, options)));
  program
    .command('watchdog')
    .description('watch the daemon from another process, and cancel at the venue when it is silent')
    .addOption(profileOption())
    .action((options: { profile: string }) => finish(watchdogCommand(environment, options)));
  program
    .command('run')
    .description(
      'replay a sealed world through daemon and venue in one process, on a virtual clock',
    )
    .requiredOption('--world <world>', 'name, path or fingerprint prefix of the sealed world')
    .addOption(profileOption())
    .addOption(rootOption())
    .option('--speed <factor>', 'times real time; `max` does not wait', 'max')
    .option(
      '--out <directory>',
      'data directory of this run (default: a fresh one under .holdfast/runs)',
    )
    .action(
      (options: { world: string; profile: string; root: string; speed: string; out?: string }) =>
        finish(runCommand(environment, options)),
    );
}

function addAsking(program: Command, environment: CommandEnvironment, finish: Finish): void {
  program
    .command('status')
    .description('may it trade, why not, since when, what clears it')
    .addOption(urlOption())
    .addOption(dataOption())
    .action((options: { url?: string; data: string }) =>
      finish(statusCommand(environment, at(options))),
    );
  program
    .command('health')
    .description('whether the daemon answers')
    .addOption(urlOption())
    .addOption(dataOption())
    .action((options: { url?: string; data: string }) =>
      finish(healthCommand(environment, at(options))),
    );
  program
    .command('show')
    .description(`print what the daemon says of ${shownThings.join(', ')}`)
    .addArgument(new Argument('<what>', 'which').choices(shownThings))
    .addOption(urlOption())
    .addOption(dataOption())
    .action((what: ShownThing, options: { url?: string; data: string }) =>
      finish(showCommand(environment, what, at(options))),
    );
  program
    .command('attach')
    .description(`print a live stream: ${liveStreamRows.map(({ name }) => name).join(', ')}`)
    .argument('<stream>', 'name of the stream')
    .addOption(urlOption())
    .addOption(dataOption())
    .option('--from <offset>', 'replay from this journal offset, then go on live', offsetValue)
    .option('--instrument <name>', 'only this instrument')
    .option('--runner <id>', 'only this runner or strategy')
    .option('--trace-id <id>', 'only this trace')
    .addOption(new Option('--severity <level>', 'log only: at least this').choices(severities))
    .option('--limit <count>', 'stop after this many items', countValue)
    .action((stream: string, options: { url?: string; data: string }) =>
      finish(attachCommand(environment, stream, { ...options, ...at(options) })),
    );
}

function addExplaining(program: Command, environment: CommandEnvironment, finish: Finish): void {
  program
    .command('explain')
    .description('why an order was sent or refused, and what it cost: the recorded chain of one id')
    .argument('<id>', 'intent, order, label, trade, decision or group id, or its beginning')
    .addOption(dataOption())
    .addOption(journalOption())
    .action((id: string, options: JournalPlace) =>
      finish(explainCommand(environment, options, id)),
    );
}

function addWorlds(program: Command, environment: CommandEnvironment, finish: Finish): void {
  const seal = program.command('seal').description('make sealed worlds');
  const help = importOptionHelp;
  seal
    .command('import')
    .description('import recordings into one sealed world')
    .argument(help.sources[0], help.sources[1])
    .requiredOption(...help.format)
    .requiredOption(...help.name)
    .option(...help.as)
    .option(...help.instrumentsPath)
    .option(...help.skipMalformed)
    .option(...help.makerFeeRate)
    .option(...help.takerFeeRate)
    .option(...help.licence)
    .addOption(rootOption())
    .action((files: string[], options: Parameters<typeof sealImportCommand>[2]) =>
      finish(sealImportCommand(environment, files, options)),
    );
  const oracle = program.command('oracle').description('the store of sealed worlds');
  oracle
    .command('ls')
    .description('list sealed worlds')
    .addOption(rootOption())
    .action((options: { root: string }) => finish(oracleListCommand(environment, options.root)));
  oracle
    .command('verify')
    .description('prove a world from its bytes')
    .argument('<world>', 'name, path or fingerprint prefix')
    .addOption(rootOption())
    .action((world: string, options: { root: string }) =>
      finish(oracleVerifyCommand(environment, options.root, world)),
    );
}

function addHouseKeeping(program: Command, environment: CommandEnvironment, finish: Finish): void {
  program
    .command('verify')
    .description('prove the journal from its first block')
    .addOption(dataOption())
    .addOption(journalOption())
    .action((options: JournalPlace) => finish(verifyCommand(environment, options)));
  program
    .command('repair')
    .description('copy what is provable of a damaged journal')
    .addOption(dataOption())
    .addOption(journalOption())
    .requiredOption('--out <directory>', 'new directory for the copy')
    .action((options: JournalPlace & { out: string }) =>
      finish(repairCommand(environment, options, options.out)),
    );
  program
    .command('doctor')
    .description('what this machine has, what is missing, and how to get it')
    .addOption(profileOption())
    .option('--data <directory>', 'data directory (default: the one of the profile)')
    .action(({ profile, data }: { profile: string; data?: string }) =>
      finish(
        doctorCommand(environment, {
          profile,
          ...(data === undefined ? {} : { dataDirectory: data }),
        }),
      ),
    );
  program
    .command('completion')
    .description('print the completion script for bash (and zsh)')
    .action(() => {
      environment.terminal.out(completionScript(program));
      return finish(0);
    });
  const config = program.command('config').description('the configuration');
  config
    .command('check')
    .description('validate a profile and explain every effective value')
    .addOption(profileOption())
    .action((options: { profile: string }) =>
      finish(configCheckCommand(environment, options.profile)),
    );
  config
    .command('apply')
    .description('put a launch policy in force now, and keep it over restarts')
    .argument('<file>', 'the launch policy, YAML')
    .requiredOption('--reason <text>', 'why, for the record')
    .addOption(urlOption())
    .addOption(dataOption())
    .action((file: string, options: { reason: string; url?: string; data: string }) =>
      finish(configApplyCommand(environment, file, options.reason, at(options))),
    );
}

/** Adds every command. */
export function addCommands(
  program: Command,
  environment: CommandEnvironment,
  finish: Finish,
): void {
  for (const add of [
    addRunning,
    addAsking,
    addExplaining,
    addCommanding,
    addAdopting,
    addWorlds,
    addHouseKeeping,
  ]) {
    add(program, environment, finish);
  }
}
