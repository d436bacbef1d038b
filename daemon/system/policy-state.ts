/**
 * The launch policy in force: what the profile says or what was applied since, recomputed on an interval,
 * every limit proven, another revision recorded before it is in force.
 */
import { type ControlRecord, EffectivePolicyLoop } from '../../actors/guard/index.ts';
import type { Loops } from '../../actors/supervision/index.ts';
import { HoldfastError } from '../../streams/facts/errors.ts';
import { canonicalHash } from '../../streams/facts/hash.ts';
import type { Ports } from '../../streams/ports/index.ts';
import { parseLaunchPolicy } from '../config/launch-policy-file.ts';
import type { LoadedConfig } from '../config/load.ts';
import type { LaunchPolicy } from '../config/schema.ts';
import { AppliedPolicy } from './applied-policy.ts';
import { judgedPolicy } from './judged-policy.ts';
import type { PolicyChange } from './policy-changes.ts';
import { provenPolicy } from './proven-policy.ts';

type Document = Readonly<Record<string, unknown>>;

export interface PolicyStateOptions {
  readonly ports: Ports;
  readonly config: LoadedConfig;
  readonly dataDirectory: string;
  readonly record: () => ControlRecord;
  readonly loops: Loops;
  /** Another computation is in force, of the same revision or a new one. */
  readonly onPolicy: (policy: LaunchPolicy, rev: string, computedAtMonotonicUs: number) => void;
}

export class PolicyState {
  readonly #options: PolicyStateOptions;
  readonly #applied: AppliedPolicy;
  #loop: EffectivePolicyLoop<LaunchPolicy> | undefined;
  #stopTurns: () => void = () => undefined;
  current: LaunchPolicy;
  rev: string;

  /** Throws CONFIG_INVALID: a policy with a limit that cannot trip starts nothing. */
  constructor(options: PolicyStateOptions) {
    const { ports, config, dataDirectory } = options;
    this.#options = options;
    this.#applied = new AppliedPolicy(ports.disk, config.launchPolicyPath, dataDirectory);
    const applied = this.#applied.current;
    this.current = provenPolicy(applied ? parseLaunchPolicy(applied) : config.launchPolicy);
    this.rev = canonicalHash(this.current);
  }

  /** When the one in force was computed, epoch µs; null before the start. */
  get computedAtUs(): number | null {
    return this.#loop?.current?.computedAtUs ?? null;
  }

  start(): void {
    const { ports, loops, record, onPolicy } = this.#options;
    const turns = loops.follow('policy', () => this.current.guard.policy_recompute_s * 1_000);
    this.#stopTurns = turns.stop;
    this.#loop = new EffectivePolicyLoop<LaunchPolicy>({
      ports,
      record: record(),
      recomputeS: () => this.current.guard.policy_recompute_s,
      read: () => ({ file: this.#applied.read(), overrides: [] }),
      parse: (document) => provenPolicy(parseLaunchPolicy(document)),
      onPolicy: ({ policy, policyRev, computedAtMonotonicUs }) => {
        turns.ticked();
        this.current = policy;
        this.rev = policyRev;
        onPolicy(policy, policyRev, computedAtMonotonicUs);
      },
    });
    this.#loop.start();
  }

  stop(): void {
    this.#loop?.stop();
    this.#stopTurns();
  }

  /** What a policy would change. Throws REQUEST_INVALID with everything that is wrong with it. */
  judge(document: Document): PolicyChange[] {
    return judgedPolicy(document, this.current, this.#options.config.profile);
  }

  /** Puts a policy in force and keeps it. Throws CONFIG_INVALID; then the old one stays. */
  apply(document: Document): void {
    const takeBack = this.#applied.write(document);
    if (this.#loop?.recompute() === true) return;
    takeBack();
    throw new HoldfastError('CONFIG_INVALID', 'the policy could not be put in force: see the log');
  }
}
