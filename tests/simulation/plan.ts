/**
 * What will happen in one history: everything that is broken, when and for how long. A plan is data,
 * so that it can be printed, replayed and made smaller.
 */
import type { CrashSide, PortKind } from './world/crash-ports.ts';

/** What a fault can find the daemon in: an order of its in that state, none, or no process. */
export const moments = [
  'no order',
  'sent',
  'acked',
  'partially_filled',
  'in_doubt',
  'down',
] as const;
export type Moment = (typeof moments)[number];

interface At {
  /** Virtual seconds since the faults begin. */
  readonly atS: number;
  /** From then on it waits for this moment, for some seconds at most. */
  readonly meets?: Moment;
}

/** Venue faults by name of the fault table (docs/venue.md). */
export interface VenueEntry extends At {
  readonly kind: 'venue';
  readonly fault: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly forS: number;
}

export interface NetworkEntry extends At {
  readonly kind: 'network';
  /**
   * `cut`: connections are reset. `silence`: nothing passes and nobody is told. `slow`: messages
   * take up to `amount` ms. `lossy`: requests over HTTP get lost by the share `amount`.
   */
  readonly what: 'cut' | 'silence' | 'slow' | 'lossy';
  readonly amount: number;
  readonly forS: number;
}

export interface DiskEntry extends At {
  readonly kind: 'disk';
  /** `fail`: the operation of that kind with this number answers EIO (`name`: renames, removals,
   * syncs of directories). `full`: no space. `tight`: this share is used. `slow`: delays in ms. */
  readonly what: 'fail_write' | 'fail_sync' | 'fail_name' | 'full' | 'tight' | 'slow';
  readonly amount: number;
  /** And every one after it, until it is over. */
  readonly lasting?: boolean;
  /** A sync that fails leaves some parts on the platters all the same. */
  readonly torn?: boolean;
  /** Failures strike the files of this stream of the journal alone; undefined: whichever come. */
  readonly stream?: string;
  readonly forS: number;
}

export interface CrashEntry extends At {
  readonly kind: 'crash';
  /** `power`: what was not synced is at risk. */
  readonly how: 'process' | 'power';
  readonly port: PortKind;
  readonly side: CrashSide;
  /** Dies in the n-th call of that port after `atS`. */
  readonly call: number;
  /** Starts again after this; then may die again within its recovery. */
  readonly downS: number;
}

export interface PauseEntry extends At {
  readonly kind: 'pause';
  readonly forS: number;
}

export interface ClockEntry extends At {
  readonly kind: 'clock';
  /** Wall clock of the daemon's machine steps by this much, and back after `forS`. */
  readonly stepS: number;
  readonly forS: number;
}

export interface OperatorEntry extends At {
  readonly kind: 'operator';
  /** `kill_flatten`: positions are to be closed as well. `kill_keep`: what only reduces may stay. */
  readonly command:
    | 'kill'
    | 'kill_flatten'
    | 'kill_keep'
    | 'freeze'
    | 'emergency'
    | 'restore'
    | 'reconcile'
    | 'adopt'
    | 'stop';
}

export interface PolicyEntry extends At {
  readonly kind: 'policy';
  /** A key of the execution policy taken away, or the file made unreadable; mended after `forS`. */
  readonly key: string;
  readonly forS: number;
}

export interface WatchdogEntry extends At {
  readonly kind: 'watchdog';
  /** The watchdog beside the daemon says nothing for this long. Only where the setup has one. */
  readonly forS: number;
}

export interface MarketEntry extends At {
  readonly kind: 'market';
  /** `basis`: the mark runs away from the index by `amount` bps. `thin`: makers show this share. */
  readonly what: 'basis' | 'thin';
  readonly amount: number;
  readonly forS: number;
}

export interface RestartVenueEntry extends At {
  readonly kind: 'venue_restart';
  /** The venue's process ends without a word, and is back after this with what it had said. */
  readonly forS: number;
}

export const storeFaults = [
  'down',
  'slow',
  'full',
  'answer_lost',
  'partial_insert',
  'wrong_schema',
  'wrong_type',
] as const;

export interface StoreEntry extends At {
  readonly kind: 'store';
  /**
   * `down`: nobody answers. `slow`: `amount` ms to each request. `full`: nothing is taken. The next
   * `amount` answers are lost, or inserts end half way. A column is gone from the table of all facts,
   * or from every table (2); or facts whose offset `amount` divides are of a wrong type.
   */
  readonly what: (typeof storeFaults)[number];
  readonly amount: number;
  readonly forS: number;
}

export interface StoreCrashEntry extends At {
  readonly kind: 'store_crash';
  /** The store process dies in the n-th call of that port; its requests are the wire. */
  readonly port: PortKind;
  readonly side: CrashSide;
  readonly call: number;
}

export type PlanEntry =
  | VenueEntry
  | NetworkEntry
  | DiskEntry
  | CrashEntry
  | PauseEntry
  | ClockEntry
  | OperatorEntry
  | PolicyEntry
  | WatchdogEntry
  | MarketEntry
  | RestartVenueEntry
  | StoreEntry
  | StoreCrashEntry;

/** How the hand trades in this history. */
export interface Trading {
  /** Mean virtual milliseconds between two decisions. */
  readonly everyMs: number;
  /** The house's own strategy trades too. */
  readonly withStrategy: boolean;
  /** Share of decisions that are groups, reductions, cancels, nonsense; the rest opens. */
  readonly groups: number;
  readonly reductions: number;
  readonly cancels: number;
  readonly nonsense: number;
  /** Share of opens and reductions that rest; the others take. */
  readonly rests: number;
  /** Share of the allowed size that is asked for. */
  readonly size: number;
  /** Expected gross edge, USD: what the hand says an order is worth. */
  readonly edgeUsd: number;
}

/** What is different about the house of this history; nothing: as shipped. */
export interface Setup {
  /** Parameters of the launch policy over the shipped ones; null takes a key away. */
  readonly execution?: Readonly<Record<string, unknown>>;
  readonly guard?: Readonly<Record<string, unknown>>;
  /** A watchdog is required, and beats. */
  readonly watchdog?: boolean;
  /** What the account was opened with, BTC and ETH; so little that margin matters. */
  readonly deposits?: Readonly<Record<string, number>>;
  /** What the venue grants its matching engine: requests a second, and at once. */
  readonly matching?: { readonly ratePerSecond: number; readonly burst: number };
  /** Scopes the key has until the faults are over: more than the profile allows. */
  readonly keyScope?: string;
  /** Hosts the policy allows: one that is not ours. */
  readonly strayHost?: boolean;
}

/** A stretch in which little happens (quiet.ts). */
export interface Quiet extends At {
  readonly forS: number;
}

export interface Plan {
  /** 16 hex digits. */
  readonly seed: string;
  /** Virtual seconds with faults. */
  readonly faultS: number;
  readonly trading: Trading;
  /** In order, none over another. */
  readonly quiet?: readonly Quiet[];
  readonly setup: Setup;
  /** The evidence store is part of it. */
  readonly store?: boolean;
  readonly entries: readonly PlanEntry[];
}

/** One word an entry is counted under. */
export function faultKindOf(entry: PlanEntry): string {
  switch (entry.kind) {
    case 'venue':
      return `venue:${entry.fault}`;
    case 'network':
      return `network:${entry.what}`;
    case 'disk':
      return `disk:${entry.what}`;
    case 'crash':
      return `crash:${entry.how}:${entry.port}:${entry.side}`;
    case 'operator':
      return `operator:${entry.command}`;
    case 'market':
    case 'store':
      return `${entry.kind}:${entry.what}`;
    case 'store_crash':
      return `store_crash:${entry.port}:${entry.side}`;
    default:
      return entry.kind;
  }
}
