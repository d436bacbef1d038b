/**
 * What will happen in one history: everything that is broken, when and for how long. A plan is data,
 * so that it can be printed, replayed and made smaller.
 */
import type { CrashSide, PortKind } from './world/crash-ports.ts';

interface At {
  /** Virtual seconds since the faults begin. */
  readonly atS: number;
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
  /** `fail`: the next `count` operations of that kind answer EIO. `full`: no space. `slow`: delays in ms. */
  readonly what: 'fail_write' | 'fail_sync' | 'full' | 'slow';
  readonly amount: number;
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
  readonly command: 'kill' | 'emergency' | 'restore' | 'reconcile' | 'adopt' | 'stop';
}

export interface PolicyEntry extends At {
  readonly kind: 'policy';
  /** A key of the execution policy taken away, or the file made unreadable; mended after `forS`. */
  readonly key: string;
  readonly forS: number;
}

export type PlanEntry =
  | VenueEntry
  | NetworkEntry
  | DiskEntry
  | CrashEntry
  | PauseEntry
  | ClockEntry
  | OperatorEntry
  | PolicyEntry;

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
  /** Share of the allowed size that is asked for. */
  readonly size: number;
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
    default:
      return entry.kind;
  }
}
