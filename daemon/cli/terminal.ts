/** What a command may print: results to stdout, everything else to stderr. */
import Table from 'cli-table3';
import pc from 'picocolors';
import { asHoldfastError } from '../../streams/facts/errors.ts';
import type { Ports } from '../../streams/ports/index.ts';

export interface Terminal {
  /** Results. */
  readonly out: (text: string) => void;
  /** Progress and remarks. */
  readonly note: (text: string) => void;
  /** Rewrites the current line of stderr; plain lines when stderr is not a terminal. */
  readonly live: (text: string) => void;
  readonly isInteractive: boolean;
  readonly columns: number;
}

/** Everything a command is given. */
export interface CommandEnvironment {
  readonly terminal: Terminal;
  /** Made on first use: most commands need no log and no loop-delay monitor. */
  readonly ports: Ports;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where the package is installed: profiles, policies, compiled modules. */
  readonly packageRoot: string;
  /** Where relative paths of the profile start. */
  readonly workingDirectory: string;
  /** `--json`: one JSON document on stdout instead of tables. */
  readonly json: boolean;
}

export const paint = pc;

/** Prints a value as one JSON document. */
export function printJson(terminal: Terminal, value: unknown): void {
  terminal.out(JSON.stringify(value, null, 2));
}

/** A plain table without frames: readable by people, cut by `awk`. */
export function renderTable(
  head: readonly string[],
  rows: ReadonlyArray<readonly string[]>,
): string {
  const none = '';
  const table = new Table({
    head: head.map((title) => pc.bold(title)),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
    chars: {
      top: none,
      'top-mid': none,
      'top-left': none,
      'top-right': none,
      bottom: none,
      'bottom-mid': none,
      'bottom-left': none,
      'bottom-right': none,
      left: none,
      'left-mid': none,
      mid: none,
      'mid-mid': none,
      right: none,
      'right-mid': none,
      middle: none,
    },
  });
  table.push(...rows.map((row) => [...row]));
  return table.toString();
}

/** The error as the user sees it: code, what happened and what to do; JSON when asked for. */
export function printError(
  environment: Pick<CommandEnvironment, 'terminal' | 'json'>,
  thrown: unknown,
): number {
  const error = asHoldfastError(thrown);
  if (environment.json) {
    const { code, message, details, traceId, retryable } = error;
    environment.terminal.out(
      JSON.stringify({ error: { code, message, details, trace_id: traceId ?? null, retryable } }),
    );
  } else {
    environment.terminal.note(`${pc.red(pc.bold(error.code))}  ${error.message}`);
    if (error.code === 'INTERNAL' && error.cause instanceof Error) {
      environment.terminal.note(pc.dim(error.cause.stack ?? error.cause.message));
    }
  }
  return error.exitCode;
}
