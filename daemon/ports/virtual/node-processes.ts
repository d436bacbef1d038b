/**
 * Children and threads of a virtual node run in the same process: a module path names a program
 * that was registered with the world. A path nobody registered is NOT_BUILT, never a silent no-op.
 */
import { HoldfastError } from '../../../streams/facts/errors.ts';
import type { Child, Ports, Processes, Threads } from '../../../streams/ports/index.ts';
import type { ParentLink } from '../parent-link.ts';
import type { VirtualClock } from './clock.ts';
import type { Incarnation } from './incarnation.ts';

export interface ProgramContext {
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** What a thread was started with. */
  readonly input: unknown;
  readonly parent: ParentLink;
  /** Ports of the child's own node. */
  readonly ports: Ports;
  /** Writes a line the parent sees as standard output. */
  readonly print: (line: string) => void;
}

/** What runs under a module path: called once per start. */
export type Program = (context: ProgramContext) => void | Promise<void>;

/** A child's node, as the world made it. */
export interface ChildNode {
  readonly life: Incarnation;
  readonly ports: Ports;
  end(code: number | null, signal: string | null): void;
  signal(name: string): void;
  /** Told once, however the node ended. */
  onEnd(fn: (code: number | null, signal: string | null) => void): void;
}

export interface NodeProcessesOptions {
  readonly clock: VirtualClock;
  readonly owner: Incarnation;
  readonly findProgram: (modulePath: string) => Program | undefined;
  readonly makeNode: (environment: Readonly<Record<string, string>>) => ChildNode;
}

interface Start {
  readonly modulePath: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly input: unknown;
  readonly onLine: (line: string) => void;
  readonly onMessage: (message: unknown) => void;
  readonly onExit: (code: number | null, signal: string | null, error?: Error) => void;
}

interface Started {
  readonly node: ChildNode;
  post(message: unknown): boolean;
}

/** The processes port of one incarnation. */
export function nodeProcesses(options: NodeProcessesOptions): Processes {
  return {
    spawn(spec, handlers): Child {
      const { node, post } = start(options, {
        ...spec,
        environment: spec.environment ?? {},
        input: undefined,
        onLine: (line) => handlers.onStdout?.(line),
        onMessage: (message) => handlers.onMessage?.(message),
        onExit: (code, signal) => handlers.onExit(code, signal),
      });
      return {
        pid: node.life.pid,
        send: post,
        signal(name) {
          if (name === 'SIGKILL') node.end(null, name);
          else if (name === 'SIGTERM' || name === 'SIGINT') node.signal(name);
          else throw new HoldfastError('NOT_BUILT', `virtual children do not know ${name}`);
        },
      };
    },
  };
}

/** The threads port of one incarnation. */
export function nodeThreads(options: NodeProcessesOptions): Threads {
  return {
    spawn(modulePath, input, handlers) {
      const { node, post } = start(options, {
        modulePath,
        args: [],
        environment: {},
        input: structuredClone(input),
        onLine: () => undefined,
        onMessage: (message) => handlers.onMessage(message),
        onExit: (_code, _signal, error) => handlers.onExit(error),
      });
      return {
        post: (message) => void post(message),
        terminate: async () => node.end(0, null),
      };
    },
  };
}

function start(options: NodeProcessesOptions, spec: Start): Started {
  const program = options.findProgram(spec.modulePath);
  if (program === undefined) {
    const message = `no program is registered for ${spec.modulePath}; register it with the world`;
    throw new HoldfastError('NOT_BUILT', message);
  }
  const { clock, owner } = options;
  const node = options.makeNode(spec.environment);
  let failure: Error | undefined;
  const tellParent = (fn: () => void): void => {
    clock.schedule(0, () => {
      if (owner.isAlive) fn();
    });
  };
  const inbox: Array<(message: unknown) => void> = [];
  const early: unknown[] = [];
  const onDisconnect: Array<() => void> = [];
  node.onEnd((code, signal) => tellParent(() => spec.onExit(code, signal, failure)));
  owner.onDeath(() =>
    clock.schedule(0, () => {
      if (node.life.isAlive) for (const fn of onDisconnect) fn();
    }),
  );
  const parent: ParentLink = {
    send(message) {
      if (!owner.isAlive) return false;
      const copy: unknown = structuredClone(message);
      tellParent(() => spec.onMessage(copy));
      return true;
    },
    onMessage(fn) {
      inbox.push(fn);
      for (const message of early.splice(0)) fn(message);
    },
    onDisconnect: (fn) => void onDisconnect.push(fn),
  };
  const print = (line: string): void => tellParent(() => spec.onLine(line));
  const { args, environment, input } = spec;
  clock.schedule(0, () => {
    if (!node.life.isAlive) return;
    const fail = (error: unknown): void => {
      failure = error instanceof Error ? error : new Error(String(error));
      node.end(1, null);
    };
    try {
      const running = program({ args, environment, input, parent, ports: node.ports, print });
      if (running !== undefined) running.catch(fail);
    } catch (error) {
      fail(error);
    }
  });
  const post = (message: unknown): boolean => {
    if (!node.life.isAlive) return false;
    const copy: unknown = structuredClone(message);
    clock.schedule(0, () => {
      if (!node.life.isAlive) return;
      if (inbox.length === 0) early.push(copy);
      for (const fn of inbox) fn(copy);
    });
    return true;
  };
  return { node, post };
}
