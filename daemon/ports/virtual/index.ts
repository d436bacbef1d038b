/** The ports of a simulated world: everything in memory, under virtual time, from one seed. */
/** Shared virtual time; one caller drives it. */
export { VirtualClock } from './clock.ts';
/** Faults of a node's disk. */
export type { DiskDelays, DiskOperation, VirtualDisk } from './disk.ts';
/** Faults of the network. */
export type { Latency, Passing, Verdict, VirtualNetwork } from './network.ts';
/** One node, and what may be done to it. */
export type { VirtualNode, VirtualNodeOptions } from './node.ts';
/** Programs that stand in for child processes and threads. */
export type { Program, ProgramContext } from './node-processes.ts';
export type { LogLine, NodeLogOptions } from './node-telemetry.ts';
/** Randomness from a seed: named streams that do not disturb each other. */
export { seededRandom } from './random.ts';
/** `ENOSPC` and its kin, for fault hooks. */
export { type SystemErrorCode, systemError } from './system-error.ts';
/** What `host.exit` throws: the turn of a node that ended. */
export { isVirtualExit, VirtualExit } from './virtual-exit.ts';
/** The world itself. */
export { createVirtualWorld, type VirtualWorld, type VirtualWorldOptions } from './world.ts';
