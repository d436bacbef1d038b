/**
 * Child processes of this same Node with an IPC channel. A child sees PATH, HOME, TZ and what it is
 * given, nothing else; its output arrives line by line; its end is told exactly once.
 */
import { type ChildProcess, fork } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { Child, ChildHandlers, ChildSpec, Processes } from '../../../streams/ports/index.ts';
import { splitLines } from './lines.ts';

const inheritedNames = ['PATH', 'HOME', 'TZ'] as const;
/** How long the output of a dead child may still trickle in (a grandchild may hold the pipe). */
const outputGraceMs = 500;

/** Starts children with `fork`. */
export function productionProcesses(): Processes {
  return { spawn };
}

function spawn(spec: ChildSpec, handlers: ChildHandlers): Child {
  const process = start(spec, handlers);
  if (process === undefined) return { pid: 0, send: () => false, signal: () => undefined };
  return {
    pid: process.pid ?? 0,
    send(message) {
      if (!process.connected) return false;
      process.send(message as object, () => undefined);
      return true;
    },
    signal: (signal) => void process.kill(signal),
  };
}

function start(spec: ChildSpec, handlers: ChildHandlers): ChildProcess | undefined {
  const exitOnce = once(handlers);
  try {
    const child = fork(spec.modulePath, [...spec.args], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...minimalEnvironment(), ...spec.environment },
      execArgv: inheritedNodeFlags(),
      serialization: 'advanced',
      // A session of its own: Ctrl-C in a terminal reaches the supervisor alone, which stops its
      // children in order. When it dies without a word, they see their channel close.
      detached: true,
    });
    listen(child, handlers, exitOnce);
    return child;
  } catch {
    setImmediate(() => exitOnce(null, null));
    return undefined;
  }
}

function listen(
  child: ChildProcess,
  handlers: ChildHandlers,
  exitOnce: ChildHandlers['onExit'],
): void {
  readLines(child.stdout, (line) => handlers.onStdout?.(line));
  readLines(child.stderr, (line) => handlers.onStderr?.(line));
  child.on('message', (message) => handlers.onMessage?.(message));
  child.on('error', () => {
    if (child.pid === undefined) exitOnce(null, null);
  });
  child.on('exit', (code, signal) => {
    const grace = setTimeout(() => exitOnce(code, signal), outputGraceMs);
    child.on('close', () => {
      clearTimeout(grace);
      exitOnce(code, signal);
    });
  });
}

function once(handlers: ChildHandlers): ChildHandlers['onExit'] {
  let done = false;
  return (code, signal) => {
    if (done) return;
    done = true;
    handlers.onExit(code, signal);
  };
}

function readLines(stream: Readable | null, onLine: (line: string) => void): void {
  const lines = splitLines(onLine);
  stream?.on('data', (chunk: Buffer) => lines.push(chunk));
  stream?.on('end', () => lines.end());
}

/** What every child and thread may see of our environment. */
export function minimalEnvironment(): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const name of inheritedNames) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  return environment;
}

/** Flags of this Node that a child needs too; a debugger port must not be opened twice. */
export function inheritedNodeFlags(): string[] {
  return process.execArgv.filter((flag) => !flag.startsWith('--inspect'));
}

/** Flags that say how modules are found; a worker refuses those that are of the whole process. */
const moduleFlags = /^--(conditions|import|require|loader|enable-source-maps)(=|$)/;

/** Flags of this Node that a worker thread needs too; a value may stand in a word of its own. */
export function inheritedThreadFlags(): string[] {
  const { execArgv } = process;
  return execArgv.filter((word, at) => {
    const isValue = !word.startsWith('-');
    return moduleFlags.test(isValue ? (execArgv[at - 1] ?? '') : word);
  });
}
