/**
 * Recomputes the effective policy (file + overrides) on an interval and stamps when it was
 * computed. Its revision is the hash without that stamp, so an unchanged policy keeps it. When it
 * cannot be computed nothing is published: the one in force ages until the guard restricts.
 */
import { asHoldfastError, HoldfastError } from '../../streams/facts/errors.ts';
import { canonicalHash } from '../../streams/facts/hash.ts';
import type { Ports } from '../../streams/ports/index.ts';
import type { GuardRecord } from './guard-record.ts';

export type PolicyDocument = Readonly<Record<string, unknown>>;

export interface EffectivePolicy<P> {
  readonly policy: P;
  /** 64 hex. */
  readonly policyRev: string;
  readonly computedAtUs: number;
  readonly computedAtMonotonicUs: number;
}

export interface EffectivePolicyOptions<P> {
  readonly ports: Pick<Ports, 'clock' | 'telemetry'>;
  /**
   * The file and what stands over it, one object an override, later ones win by section key. A file
   * that did not change is the same object: nothing may be changed in it.
   */
  readonly read: () => {
    readonly file: PolicyDocument;
    readonly overrides: readonly PolicyDocument[];
  };
  /** Validates; throws on anything unknown or out of bounds. */
  readonly parse: (document: PolicyDocument) => P;
  readonly record: Pick<GuardRecord, 'durable'>;
  readonly onPolicy: (effective: EffectivePolicy<P>) => void;
  /** Asked after each computation: a reload may change it. */
  readonly recomputeS: () => number;
}

function isSection(value: unknown): value is PolicyDocument {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Overrides replace values key by key inside sections; arrays and scalars are replaced whole. */
export function applyOverride(base: PolicyDocument, override: PolicyDocument): PolicyDocument {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(override)) {
    const below = merged[key];
    merged[key] = isSection(value) && isSection(below) ? applyOverride(below, value) : value;
  }
  return merged;
}

/** Top-level sections that differ. */
export function changedSections(before: PolicyDocument, after: PolicyDocument): string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  const form = (value: unknown): string => canonicalHash(value ?? null);
  return [...keys].filter((key) => form(before[key]) !== form(after[key])).sort();
}

export class EffectivePolicyLoop<P extends object> {
  readonly #options: EffectivePolicyOptions<P>;
  #current: EffectivePolicy<P> | undefined;
  /** The document the current policy is of, when nothing stood over it: the same one need not be parsed again. */
  #plainFile: PolicyDocument | undefined;
  #stop: (() => void) | undefined;

  constructor(options: EffectivePolicyOptions<P>) {
    this.#options = options;
  }

  get current(): EffectivePolicy<P> | undefined {
    return this.#current;
  }

  /** Computes the first one, or throws what is wrong with it; then keeps it fresh. */
  start(): EffectivePolicy<P> {
    this.#compute();
    if (this.#stop === undefined) this.#scheduleNext();
    if (this.#current === undefined) throw new HoldfastError('INTERNAL', 'no effective policy');
    return this.#current;
  }

  #scheduleNext(): void {
    const { ports, recomputeS } = this.#options;
    this.#stop = ports.clock.after(recomputeS() * 1_000, () => {
      this.recompute();
      if (this.#stop !== undefined) this.#scheduleNext();
    });
  }

  stop(): void {
    this.#stop?.();
    this.#stop = undefined;
  }

  /** Now, because the file or an override changed. Returns false when the old one stays in force. */
  recompute(): boolean {
    try {
      this.#compute();
      return true;
    } catch (thrown) {
      const { code, message } = asHoldfastError(thrown);
      this.#options.ports.telemetry.log.error('policy.not_computed', { code, message });
      return false;
    }
  }

  /** Publishes; throws what is wrong with it. Only what was published is known to be in force. */
  #compute(): void {
    const { read, parse, ports } = this.#options;
    const computedAtMonotonicUs = ports.clock.monotonicUs();
    const computedAtUs = ports.clock.nowUs();
    const { file, overrides } = read();
    const before = this.#current;
    if (before !== undefined && overrides.length === 0 && file === this.#plainFile) {
      this.#publish({ ...before, computedAtUs, computedAtMonotonicUs });
      return;
    }
    const policy = parse(overrides.reduce(applyOverride, file));
    const policyRev = canonicalHash(policy);
    this.#publish({ policy, policyRev, computedAtUs, computedAtMonotonicUs });
    this.#plainFile = overrides.length === 0 ? file : undefined;
  }

  /** Another revision is a durable fact before it is in force. */
  #publish(next: EffectivePolicy<P>): void {
    const before = this.#current;
    if (before?.policyRev !== next.policyRev) {
      const payload = {
        old_policy_rev: before?.policyRev ?? null,
        new_policy_rev: next.policyRev,
        computed_at_us: next.computedAtUs,
        changed: changedSections(
          (before?.policy ?? {}) as PolicyDocument,
          next.policy as PolicyDocument,
        ),
      };
      // It may be the tighter one: a full disk takes it.
      this.#options.record.durable([{ type: 'policy.changed', payload }], { reserve: true });
    }
    this.#current = next;
    this.#options.onPolicy(next);
  }
}
