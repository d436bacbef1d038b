/**
 * The cause layer: conditions that rooms and monitors raise and clear, and the safety overrides of
 * monitors. What comes out is one risk state and one override, each the gravest of all.
 */
import {
  graverRiskState,
  type OwnerCode,
  type RiskState,
  riskStates,
} from '../../streams/facts/reason-codes/index.ts';

export interface RiskCondition {
  readonly riskState: Exclude<RiskState, 'Healthy'>;
  /** What an owner is told is behind it. */
  readonly owner: OwnerCode;
  /** Set: the condition ends with a proof whose reads began at this ticket or later. */
  readonly provenAfterTicket?: number;
}

export const overrideLevels = ['None', 'ForceReduceOnly', 'ForceKill'] as const;
export type OverrideLevel = (typeof overrideLevels)[number];

/** Names of conditions at once. They are names in code, never data: more is a leak. */
export const conditionsMax = 128;

interface Override {
  readonly level: OverrideLevel;
  /** The level holds at least until then, monotonic µs. */
  readonly untilUs: number;
}

export class RiskConditions {
  readonly #conditions = new Map<string, RiskCondition>();
  readonly #overrides = new Map<string, Override>();
  riskState: RiskState = 'Healthy';
  causes: readonly OwnerCode[] = [];

  /** Returns false when the bound on names is reached: the caller treats that as a breach. */
  raise(name: string, condition: RiskCondition): boolean {
    if (!this.#conditions.has(name) && this.#conditions.size >= conditionsMax) return false;
    this.#conditions.set(name, condition);
    this.#derive();
    return true;
  }

  clear(name: string): void {
    if (this.#conditions.delete(name)) this.#derive();
  }

  has(name: string): boolean {
    return this.#conditions.has(name);
  }

  /** What one monitor demands now. */
  overrideOf(monitor: string): OverrideLevel {
    return this.#overrides.get(monitor)?.level ?? 'None';
  }

  /** A reconciliation whose reads began at `ticket` proved state. */
  proven(ticket: number): void {
    for (const [name, { provenAfterTicket }] of this.#conditions) {
      if (provenAfterTicket !== undefined && provenAfterTicket <= ticket) this.clear(name);
    }
  }

  get names(): string[] {
    return [...this.#conditions.keys()];
  }

  #derive(): void {
    const all = [...this.#conditions.values()];
    const rank = ({ riskState }: RiskCondition): number => riskStates.indexOf(riskState);
    this.riskState = all.reduce<RiskState>(
      (worst, { riskState }) => graverRiskState(worst, riskState),
      'Healthy',
    );
    this.causes = [...new Set(all.sort((a, b) => rank(b) - rank(a)).map(({ owner }) => owner))];
  }

  /** Sets what one monitor demands. A milder demand waits until the cooldown of the graver is over. */
  override(monitor: string, level: OverrideLevel, untilUs: number, nowUs: number): void {
    const standing = this.#overrides.get(monitor);
    if (
      standing !== undefined &&
      standing.untilUs > nowUs &&
      rankOf(standing.level) > rankOf(level)
    ) {
      return;
    }
    const sameLevelUntilUs = standing?.level === level ? standing.untilUs : untilUs;
    this.#overrides.set(monitor, { level, untilUs: Math.max(untilUs, sameLevelUntilUs) });
  }

  /** The gravest override over all monitors. */
  get overrideLevel(): OverrideLevel {
    let level: OverrideLevel = 'None';
    for (const standing of this.#overrides.values()) {
      if (rankOf(standing.level) > rankOf(level)) level = standing.level;
    }
    return level;
  }
}

function rankOf(level: OverrideLevel): number {
  return overrideLevels.indexOf(level);
}
