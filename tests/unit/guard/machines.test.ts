/** The guard's machines as transition tables. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { initialTransition, transition } from 'xstate';
import {
  type OpenPermissionEvent,
  openPermissionMachine,
} from '../../../machines/open-permission.ts';
import {
  type ComputedMode,
  type TradingModeEvent,
  tradingModeMachine,
} from '../../../machines/trading-mode.ts';

const machines = suite('guard machines');

const clear: ComputedMode = {
  kill: false,
  reduceOnly: false,
  reduceOnlyHolds: false,
  killBars: false,
  reduceOnlyBars: false,
};
const computed = (changes: Partial<ComputedMode> = {}): TradingModeEvent => ({
  type: 'mode.computed',
  computed: { ...clear, ...changes },
});
const restored = (tier: 'Kill' | 'ReduceOnly', changes: Partial<ComputedMode> = {}) =>
  ({ type: 'mode.restored', tier, computed: { ...clear, ...changes } }) as const;
const soft = computed({ reduceOnly: true, reduceOnlyBars: true });
const hard = computed({ reduceOnly: true, reduceOnlyHolds: true });
const kill = computed({ kill: true, killBars: true });

type Row = readonly [
  title: string,
  strict: boolean,
  events: readonly TradingModeEvent[],
  state: string,
];
const modeRows: readonly Row[] = [
  ['starts in ReduceOnly', false, [], 'reduceOnly'],
  ['earns Active', false, [computed()], 'active'],
  ['a soft reason comes and goes', false, [computed(), soft, computed()], 'active'],
  ['a reason of operators holds', false, [computed(), hard, computed()], 'reduceOnly'],
  ['a restore releases it', false, [computed(), hard, restored('ReduceOnly')], 'active'],
  ['kill holds', false, [computed(), kill, computed()], 'kill'],
  ['kill is restored to Active', false, [computed(), kill, restored('Kill')], 'active'],
  [
    'kill is restored to what stands below',
    false,
    [computed(), kill, restored('Kill', { reduceOnly: true })],
    'reduceOnly',
  ],
  [
    'a restore while the reason stands changes nothing',
    false,
    [computed(), kill, restored('Kill', { kill: true, killBars: true }), computed()],
    'kill',
  ],
  ['the restore of the other tier lowers nothing', false, [kill, restored('ReduceOnly')], 'kill'],
  ['strict: the start is no tightening', true, [soft, soft, computed()], 'active'],
  ['strict: any tightening holds', true, [computed(), soft, computed()], 'reduceOnly'],
  [
    'strict: restored once nothing bars it',
    true,
    [computed(), soft, computed(), restored('ReduceOnly')],
    'active',
  ],
];

for (const [title, strict, events, state] of modeRows) {
  machines(`trading mode: ${title}`, () => {
    const input = { strict, killFloor: false, reduceOnlyFloor: false };
    let [snapshot] = initialTransition(tradingModeMachine, input);
    for (const event of events) [snapshot] = transition(tradingModeMachine, snapshot, event);
    assert.is(snapshot.value, state);
    assert.is(snapshot.hasTag('mayOpen'), state === 'active');
  });
}

machines('trading mode: a floor from before the restart holds at once', () => {
  const input = { strict: false, killFloor: true, reduceOnlyFloor: false };
  let [snapshot] = initialTransition(tradingModeMachine, input);
  [snapshot] = transition(tradingModeMachine, snapshot, computed());
  assert.is(snapshot.value, 'kill');
});

const gap = 'WS_BOOK_GAP_RECONCILE_REQUIRED';
const stale = 'WS_DATA_STALE_RECONCILE_REQUIRED';
const set = (sequence: number, standing = false, reason: typeof gap | typeof stale = gap) =>
  ({ type: 'latch.set', reason, sequence, standing }) as const;
const proven = (ticket: number) => ({ type: 'latch.proven', ticket }) as const;

type LatchRow = readonly [string, readonly OpenPermissionEvent[], readonly string[]];
const latchRows: readonly LatchRow[] = [
  ['starts blocked', [], ['RESTART_RECONCILE_REQUIRED']],
  ['a proof opens it', [proven(0)], []],
  ['a further proof changes nothing', [proven(0), proven(0)], []],
  ['a loss blocks again', [proven(0), set(1)], [gap]],
  ['a proof from before the loss is refused', [proven(0), set(1), proven(0)], [gap]],
  ['a proof from after it opens', [proven(0), set(1), proven(1)], []],
  ['a standing cause refuses every proof', [proven(0), set(1, true), proven(9)], [gap]],
  [
    'a second short cause does not end a standing one',
    [proven(0), set(1, true), set(2), proven(9)],
    [gap],
  ],
  [
    'the end of the cause wants a proof from after it',
    [proven(0), set(1, true), { type: 'latch.causeEnded', reason: gap, sequence: 2 }, proven(1)],
    [gap],
  ],
  [
    'one unproven reason keeps all',
    [set(1), set(2, false, stale), proven(1)],
    ['RESTART_RECONCILE_REQUIRED', gap, stale],
  ],
  [
    'the end of a cause nobody set changes nothing',
    [proven(0), { type: 'latch.causeEnded', reason: gap, sequence: 1 }],
    [],
  ],
];

for (const [title, events, reasons] of latchRows) {
  machines(`open permission: ${title}`, () => {
    let [snapshot] = initialTransition(openPermissionMachine);
    for (const event of events) [snapshot] = transition(openPermissionMachine, snapshot, event);
    assert.equal(
      snapshot.context.entries.map(({ reason }) => reason),
      reasons,
    );
    assert.is(snapshot.hasTag('mayOpen'), reasons.length === 0);
  });
}

machines.run();
