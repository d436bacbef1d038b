/** Where and when the daemon is killed in one cycle: drawn from a seed, so a run can be repeated. */
import type { Random } from '../../../streams/ports/index.ts';
import { seededRandom } from '../../../streams/venues/simulated/index.ts';

export const crashPoints = ['sync', 'write', 'send', 'answer', 'cancel', 'read'] as const;
export type CrashPoint = (typeof crashPoints)[number];

export type Plan =
  /** SIGKILL from outside, so long after the account was verified. */
  | { readonly kind: 'instant'; readonly afterMs: number }
  /** SIGKILL from outside, so long after the process was started: it recovers, or reconciles. */
  | { readonly kind: 'recovery-instant'; readonly afterMs: number }
  /** From inside an operation; from its start on, or from when the account was verified. */
  | {
      readonly kind: 'point' | 'recovery-point';
      readonly point: CrashPoint;
      readonly side: 'before' | 'after';
      readonly nth: number;
    }
  /** Injected by `strace` when the system call is entered. */
  | { readonly kind: 'system-call'; readonly call: string; readonly nth: number };

/** What each kind gets of 100 cycles. */
const shares = {
  instant: 20,
  'recovery-instant': 15,
  point: 35,
  'recovery-point': 15,
  'system-call': 15,
} as const;
type Kind = keyof typeof shares;

const systemCalls = ['fdatasync', 'pwrite64', 'write'] as const;
/** How many passes through each point a recovery makes at least. */
const recoveryPasses: Readonly<Partial<Record<CrashPoint, number>>> = {
  sync: 12,
  write: 20,
  read: 8,
};

function pick<T>(random: Random, from: readonly T[]): T {
  return from[random.integer(from.length)] as T;
}

function kindOf(random: Random): Kind {
  let at = random.integer(100);
  for (const [kind, share] of Object.entries(shares)) {
    if (at < share) return kind as Kind;
    at -= share;
  }
  return 'instant';
}

export interface PlanOptions {
  readonly seed: string;
  readonly cycle: number;
  readonly hasStrace: boolean;
  /** Whether anything rests and is cancelled: else there is no cancel to die in. */
  readonly cancels: boolean;
}

export function planOf({ seed, cycle, hasStrace, cancels }: PlanOptions): Plan {
  const random = seededRandom(`restart-loop/${seed}/${cycle}`);
  const kind = kindOf(random);
  const side = pick(random, ['before', 'after'] as const);
  if (kind === 'instant') return { kind, afterMs: random.integer(600) };
  if (kind === 'recovery-instant') return { kind, afterMs: 50 + random.integer(1_400) };
  if (kind === 'recovery-point') {
    const [point, passes] = pick(random, Object.entries(recoveryPasses)) as [CrashPoint, number];
    return { kind, point, side, nth: 1 + random.integer(passes) };
  }
  if (kind === 'system-call' && hasStrace) {
    return { kind, call: pick(random, systemCalls), nth: 1 + random.integer(12) };
  }
  // The moment of sending is the one that leaves doubt: it gets a double share.
  const points = [...crashPoints, 'send' as const].filter((point) => cancels || point !== 'cancel');
  return { kind: 'point', point: pick(random, points), side, nth: 1 + random.integer(6) };
}

export function planText(plan: Plan): string {
  if (plan.kind === 'instant' || plan.kind === 'recovery-instant') {
    return `${plan.kind} after ${plan.afterMs} ms`;
  }
  if (plan.kind === 'system-call') return `${plan.kind} ${plan.call} ${plan.nth}`;
  return `${plan.kind} ${plan.side} ${plan.point} ${plan.nth}`;
}
