/** The hot path: what the gate and the book say decides who hears of an event. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { GateReason, GateVerdict } from '../../../actors/ingress/index.ts';
import { marketPath } from '../../../daemon/system/market-path.ts';
import type { ApplyResult } from '../../../streams/market/instrument-book.ts';
import { bookEvent } from '../../fixtures/market-events.ts';

const path = suite('market path');

function calls(verdict: GateVerdict, reason: GateReason | '', result: ApplyResult): string[] {
  const order: string[] = [];
  const gate = {
    lastReason: '' as GateReason | '',
    admit: () => {
      order.push('gate');
      gate.lastReason = reason;
      return verdict;
    },
  };
  const market = {
    apply: () => {
      order.push('book');
      return result;
    },
  };
  const runners = ['a', 'b'].map((name) => ({ onMarket: () => void order.push(name) }));
  marketPath(gate, market, runners)(bookEvent());
  return order;
}

for (const [what, verdict, reason, result, expected] of [
  [
    'an admitted event wakes every runner, in order, after gate and book',
    'ADMIT',
    '',
    'applied',
    ['gate', 'book', 'a', 'b'],
  ],
  [
    'an admitted event that is older than the view wakes nobody',
    'ADMIT',
    '',
    'stale',
    ['gate', 'book'],
  ],
  ['an admitted event that shows a gap wakes nobody', 'ADMIT', '', 'gap', ['gate', 'book']],
  [
    'an admitted event that the book cannot take wakes nobody',
    'ADMIT',
    '',
    'dropped',
    ['gate', 'book'],
  ],
  [
    'a duplicate may mend the view, and nothing is decided on it',
    'DUPLICATE',
    '',
    'applied',
    ['gate', 'book'],
  ],
  ['a conflict never reaches the view', 'QUARANTINE', 'identity_conflict', 'applied', ['gate']],
  [
    'an event that is too old never reaches the view',
    'QUARANTINE',
    'identity_too_old',
    'applied',
    ['gate'],
  ],
  [
    'an event that a full journal refused keeps the view right, and nothing is decided on it',
    'QUARANTINE',
    'intake_refused',
    'applied',
    ['gate', 'book'],
  ],
] as const) {
  path(what, () => assert.equal(calls(verdict, reason, result), [...expected]));
}

path('runners get the event itself, not a copy', () => {
  const event = bookEvent();
  const seen: unknown[] = [];
  const gate = { admit: () => 'ADMIT' as const, lastReason: '' as const };
  const runner = { onMarket: (given: unknown) => void seen.push(given) };
  marketPath(gate, { apply: () => 'applied' }, [runner])(event);
  assert.is(seen[0], event);
});

path.run();
