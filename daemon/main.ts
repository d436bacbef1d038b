#!/usr/bin/env node
/**
 * The command line. Everything outside the ports that may touch the process itself stands here:
 * arguments, environment, terminal, exit code.
 */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { asHoldfastError } from '../streams/facts/errors.ts';
import { buildProgram } from './cli/program.ts';
import { type CommandEnvironment, printError, type Terminal } from './cli/terminal.ts';
import { parentProcessLink, productionPorts } from './ports/production/index.ts';
import { failedMessage } from './up/child-messages.ts';

const clearLine = '\r\u001B[2K';

function openTerminal(): Terminal {
  const isInteractive = process.stderr.isTTY === true;
  let lineIsOpen = false;
  let lastLive = '';
  const closeLine = (): void => {
    if (lineIsOpen) process.stderr.write(clearLine);
    lineIsOpen = false;
  };
  return {
    isInteractive,
    columns: process.stderr.columns ?? 100,
    out: (text) => {
      closeLine();
      process.stdout.write(`${text}\n`);
    },
    note: (text) => {
      closeLine();
      process.stderr.write(`${text}\n`);
    },
    live: (text) => {
      if (isInteractive) {
        process.stderr.write(`${clearLine}${text}`);
        lineIsOpen = true;
      } else if (text !== lastLive) process.stderr.write(`${text}\n`);
      lastLive = text;
    },
  };
}

let ports: CommandEnvironment['ports'] | undefined;
const environment: CommandEnvironment = {
  terminal: openTerminal(),
  get ports() {
    ports ??= productionPorts({ log: { level: 'warn', destination: 'stderr' } });
    return ports;
  },
  environment: process.env,
  // dist/daemon/main.js → the package.
  packageRoot: dirname(dirname(dirname(fileURLToPath(import.meta.url)))),
  workingDirectory: process.cwd(),
  json: process.argv.includes('--json'),
};

// A reader that goes away (`holdfast attach market | head`) is an ordinary end.
process.stdout.on('error', () => process.exit(0));

const parent = parentProcessLink();
try {
  process.exitCode = await buildProgram(environment)(process.argv.slice(2));
} catch (error) {
  const told = parent?.send(failedMessage(error)) ?? false;
  process.exitCode = told ? asHoldfastError(error).exitCode : printError(environment, error);
}
// The channel to a supervisor would keep this process alive for ever.
if (process.connected) process.disconnect();
