/** The group machine: total, and deaf to everything that would hide a failure. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  groupEvents,
  groupStates,
  groupTransition,
  isContaining,
  isGroupOver,
  type OrderGroupState,
} from '../../../machines/order-group.ts';

const machine = suite('order group machine');

machine('answers every event in every state with a known state', () => {
  for (const state of groupStates) {
    for (const event of groupEvents) {
      assert.ok(groupStates.includes(groupTransition(state, event)), `${state} ${event}`);
    }
  }
});

machine('knows no way from a failure to complete', () => {
  const reached = new Set<OrderGroupState>(['mixed_failed']);
  for (const state of reached) {
    for (const event of groupEvents) reached.add(groupTransition(state, event));
  }
  assert.is(reached.has('complete'), false);
  assert.equal([...reached].sort(), [
    'balanced',
    'flattened',
    'flattening',
    'hedged',
    'mixed_failed',
    'naked',
    'rescuing',
  ]);
});

machine('is complete only after all was handed over and filled', () => {
  assert.is(groupTransition('recorded', 'legs.filled'), 'recorded');
  assert.is(groupTransition('dispatched', 'legs.filled'), 'complete');
});

machine('an end is an end', () => {
  for (const state of groupStates.filter(isGroupOver)) {
    for (const event of groupEvents) assert.is(groupTransition(state, event), state);
    assert.is(isContaining(state), false);
  }
});

machine('exposure that is left is no end', () => {
  assert.is(isGroupOver('naked'), false);
  assert.is(isContaining('naked'), true);
  assert.is(groupTransition('naked', 'exposure.closed'), 'flattened');
});

machine.run();
