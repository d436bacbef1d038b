/**
 * Plans that once broke an invariant. What they found is mended; they are played in every test run.
 * A plan is kept whole and not as its seed alone: the generator may change.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Plan, Setup } from './plan.ts';
import { runPlan } from './run-seed.ts';

const regressions = suite('simulation: what was found');

/** Limits of counts stand in nobody's way. */
const patient: Setup = {
  execution: { repeated_execution_max: 45, churn_flattens_max: 50 },
  guard: {
    self_trade_min_self_notional_usd: 1_000_000_000,
    self_trade_notional_trip_usd: 2_000_000_000,
  },
};

const found: readonly { readonly about: string; readonly plan: Plan }[] = [
  {
    about: 'a leg index too long for the label was sent, and its fills were nobody’s',
    plan: {
      seed: 'e220a8397b1dcdaf',
      faultS: 20,
      trading: {
        everyMs: 300,
        withStrategy: false,
        groups: 0,
        reductions: 0,
        cancels: 0,
        nonsense: 0.9,
        rests: 0.35,
        size: 0.1,
        edgeUsd: 20,
      },
      setup: {},
      entries: [],
    },
  },
  {
    about: 'a liquidation nobody told of was nobody’s to take over, nor did its group ever end',
    plan: {
      seed: '846eb9673349f8e4',
      faultS: 25,
      trading: {
        everyMs: 300,
        withStrategy: false,
        groups: 0.25,
        reductions: 0,
        cancels: 0.05,
        nonsense: 0,
        size: 1,
        rests: 0.35,
        edgeUsd: 20,
      },
      setup: {},
      entries: [
        { kind: 'venue', fault: 'missing_fill', atS: 13.9, forS: 12, parameters: { count: 20 } },
        {
          kind: 'venue',
          fault: 'margin_call',
          atS: 14,
          forS: 5,
          parameters: { currency: 'BTC', leave: 0 },
        },
      ],
    },
  },
  {
    about: 'an order of ours that protects stood in the way of a group’s hedge, for good',
    plan: {
      seed: 'bc1b968695dfd347',
      faultS: 40,
      trading: {
        everyMs: 500,
        withStrategy: false,
        groups: 0.5,
        reductions: 0.3,
        cancels: 0,
        nonsense: 0,
        rests: 0.1,
        size: 1,
        edgeUsd: 200,
      },
      setup: patient,
      entries: [
        {
          kind: 'venue',
          fault: 'partial_fill',
          atS: 0,
          forS: 45,
          parameters: { pieces: 2, share: 0.3 },
        },
      ],
    },
  },
  {
    about: 'closes that could not leave were recorded again at once, hundreds in one instant',
    plan: {
      seed: '28e0d2b1de6895a7',
      faultS: 20,
      trading: {
        everyMs: 300,
        withStrategy: false,
        groups: 0.3,
        reductions: 0.15,
        cancels: 0,
        nonsense: 0,
        rests: 0.4,
        size: 0.1,
        edgeUsd: 6,
      },
      setup: patient,
      store: false,
      entries: [
        {
          kind: 'venue',
          atS: 10.917264790666955,
          fault: 'missing_fill',
          parameters: { count: 2 },
          forS: 15,
        },
        {
          kind: 'venue',
          atS: 11.31465945316237,
          fault: 'reply_lost',
          parameters: { count: 1, method: 'private/sell' },
          forS: 10,
        },
        { kind: 'network', atS: 19.823815308703594, what: 'cut', amount: 1, forS: 1 },
      ],
    },
  },
  {
    about: 'a start that failed made the next one trust what only the page cache held',
    plan: {
      seed: '5fa5910717c369eb',
      faultS: 40,
      trading: {
        everyMs: 300,
        withStrategy: false,
        groups: 0,
        reductions: 0.15,
        cancels: 0.1,
        nonsense: 0,
        rests: 0.7,
        size: 0.5,
        edgeUsd: 20,
      },
      setup: patient,
      entries: [
        {
          kind: 'crash',
          atS: 29.66742342748322,
          how: 'power',
          port: 'clock',
          side: 'before',
          call: 1,
          downS: 1,
        },
        { kind: 'disk', atS: 30.535933538307457, what: 'fail_sync', amount: 2, forS: 10 },
        { kind: 'disk', atS: 31.057060715880034, what: 'fail_sync', amount: 2, forS: 10 },
      ],
    },
  },
];

for (const { about, plan } of found) {
  regressions(about, async () => {
    const { violations, orders, reached } = await runPlan(plan);
    assert.equal(
      violations.map(({ invariant, message }) => `${invariant}: ${message}`),
      [],
    );
    assert.ok(orders > 0, 'the history traded');
    const calls = plan.entries.some((entry) => 'fault' in entry && entry.fault === 'margin_call');
    assert.is(reached.has('adopted trade'), calls, 'what was adopted is what nobody told of');
  });
}

regressions.run();
