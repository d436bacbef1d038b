/**
 * Maintenance margin over equity, the worst of all currencies. Missing or old account figures are
 * a missing input of the guard; figures that make no sense count as fully used.
 */
import type { VenueAccount } from '../../../streams/facts/venue-records.ts';
import type { Guard } from '../guard-types.ts';

/** Stands for "no equity left": above every mark. */
export const exhausted = 1_000;

/** 0 when the account holds nothing at risk. */
export function marginUse(account: VenueAccount): number {
  const { maintenanceMarginFloat, equityFloat } = account;
  if (!Number.isFinite(maintenanceMarginFloat) || !Number.isFinite(equityFloat)) return exhausted;
  if (maintenanceMarginFloat <= 0) return 0;
  return equityFloat <= 0 ? exhausted : Math.min(exhausted, maintenanceMarginFloat / equityFloat);
}

/**
 * Feed every account figure of one reading. The age of the input is that of the oldest currency:
 * one that went silent must not hide behind another.
 */
export function watchMarginUse(
  guard: Pick<Guard, 'set'>,
): (accounts: readonly VenueAccount[], readMonotonicUs: number) => void {
  const uses = new Map<string, { readonly use: number; readonly atUs: number }>();
  return (accounts, readMonotonicUs) => {
    for (const account of accounts) {
      uses.set(account.currency, { use: marginUse(account), atUs: readMonotonicUs });
    }
    if (uses.size === 0) return;
    const all = [...uses.values()];
    const worst = Math.max(...all.map(({ use }) => use));
    guard.set('mm_util', worst, Math.min(...all.map(({ atUs }) => atUs)));
  };
}
