/**
 * A world: nodes that share one virtual time and one network, each with its own disk, randomness
 * and wall-clock error. The same seed and the same programs give the same history, bit by bit.
 */
import type { Ports, Random } from '../../../streams/ports/index.ts';
import { VirtualClock } from './clock.ts';
import type { Life } from './incarnation.ts';
import { VirtualNetwork } from './network.ts';
import { type NodeSurroundings, VirtualNode, type VirtualNodeOptions } from './node.ts';
import type { Program } from './node-processes.ts';
import type { NodeLogOptions } from './node-telemetry.ts';
import { seededRandom } from './random.ts';

const firstPid = 1_000;

export interface VirtualWorldOptions {
  readonly seed: string | number;
  /** Epoch microseconds at which the world begins. */
  readonly startUs: number;
  /** For nodes that say nothing themselves. */
  readonly log?: NodeLogOptions;
}

export interface VirtualWorld {
  readonly clock: VirtualClock;
  readonly network: VirtualNetwork;
  /** For the world's own dice: fault schedules, generators. Nodes never draw from it. */
  readonly random: Random;
  /** The node of that name, made on first use; options count then only. */
  node(name: string, options?: VirtualNodeOptions): VirtualNode;
  /** Ports of the present life of that node. */
  portsFor(name: string, options?: VirtualNodeOptions): Ports;
  /** What `processes.spawn` and `threads.spawn` run for that module path. */
  registerProgram(modulePath: string, program: Program): void;
}

/** Makes an empty world. */
export function createVirtualWorld(options: VirtualWorldOptions): VirtualWorld {
  const clock = new VirtualClock(options.startUs);
  const random = seededRandom(options.seed);
  const network = new VirtualNetwork(clock, random.fork('network'));
  const nodes = new Map<string, VirtualNode>();
  const programs = new Map<string, Program>();
  const lives = new Map<number, Life>();
  const surroundings: NodeSurroundings = {
    clock,
    network,
    random,
    lives,
    findProgram: (modulePath) => programs.get(modulePath),
    nextPid: () => firstPid + lives.size,
  };
  const node = (name: string, own: VirtualNodeOptions = {}): VirtualNode => {
    const known = nodes.get(name);
    if (known !== undefined) return known;
    const log = own.log ?? options.log;
    const made = new VirtualNode(name, surroundings, log === undefined ? own : { ...own, log });
    nodes.set(name, made);
    return made;
  };
  return {
    clock,
    network,
    random: random.fork('world'),
    node,
    portsFor: (name, own) => node(name, own).ports,
    registerProgram: (modulePath, program) => void programs.set(modulePath, program),
  };
}
