/** What a broken strategy may propose: each is a sane proposal with one thing wrong. */
import type { ProposedIntent } from '../../../streams/facts/intent.ts';

interface Oddity {
  readonly name: string;
  readonly change: (sane: ProposedIntent) => ProposedIntent;
}

function odd(name: string, change: Oddity['change']): Oddity {
  return { name, change };
}

function times(text: unknown, factor: number): string {
  return (Number(text) * factor).toFixed(8);
}

export const nonsense: readonly Oddity[] = [
  odd('market', (sane) => ({ ...sane, order_type: 'market' })),
  odd('stop', (sane) => ({ ...sane, trigger_price: '1' })),
  odd('linked', (sane) => ({ ...sane, linked_order_type: 'one_cancels_other' })),
  odd('no-side', (sane) => ({ ...sane, side: 'both' })),
  odd('no-price', (sane) => ({ ...sane, limit_price: undefined })),
  odd('zero', (sane) => ({ ...sane, quantity: '0' })),
  odd('negative', (sane) => ({ ...sane, quantity: '-10' })),
  odd('dust', (sane) => ({ ...sane, quantity: '0.000001' })),
  odd('not-a-number', (sane) => ({ ...sane, quantity: 'NaN' })),
  odd('unknown', (sane) => ({ ...sane, instrument: 'BTC-NEVER' })),
  odd('mismatch', (sane) => ({ ...sane, contracts: 7 })),
  odd('huge', (sane) => ({ ...sane, quantity: times(sane.quantity, 100) })),
  odd('far', (sane) => ({ ...sane, limit_price: times(sane.limit_price, 2) })),
  odd('low', (sane) => ({ ...sane, limit_price: times(sane.limit_price, 0.5) })),
  odd('no-edge', (sane) => ({ ...sane, edge: undefined })),
  odd('poor', (sane) => ({ ...sane, edge: { gross_usd: 0, fee_usd: 9, slippage_usd: 1 } })),
  odd('false-close', (sane) => ({ ...sane, class: 'CLOSE', reduce_only: true })),
  odd('false-hedge', (sane) => ({ ...sane, class: 'HEDGE', reduce_only: false })),
  odd('hidden-close', (sane) => ({ ...sane, class: 'CLOSE', reduce_only: false })),
  odd('no-class', (sane) => ({ ...sane, class: 7 })),
  odd('crossing-maker', (sane) => ({
    ...sane,
    post_only: true,
    time_in_force: 'good_til_cancelled',
  })),
  odd('no-target', (sane) => ({ ...sane, class: 'CANCEL', target_order_id: '' })),
  odd('far-leg', (sane) => ({ ...sane, leg_idx: 9_999_999_999_999 })),
];
