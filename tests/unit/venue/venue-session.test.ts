import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { initialTransition, transition } from 'xstate';
import { type VenueSessionEvent, venueSessionMachine } from '../../../machines/venue-session.ts';

const machine = suite('venue session machine');

const start: VenueSessionEvent = { type: 'session.start' };
const stop: VenueSessionEvent = { type: 'session.stop' };
const opened: VenueSessionEvent = { type: 'socket.opened' };
const authenticated: VenueSessionEvent = { type: 'session.authenticated' };
const confirmed: VenueSessionEvent = { type: 'channels.confirmed' };
const failed: VenueSessionEvent = { type: 'channels.failed', cause: 'refused' };
const settled: VenueSessionEvent = { type: 'session.settled' };
const elapsed: VenueSessionEvent = { type: 'backoff.elapsed' };
const lost: VenueSessionEvent = { type: 'session.lost', kind: 'lost', cause: '1006' };
const limited: VenueSessionEvent = {
  type: 'session.lost',
  kind: 'rate_terminated',
  cause: '10028',
};
const live = [start, opened, authenticated, confirmed];

const cases: [title: string, events: VenueSessionEvent[], state: unknown, isLive: boolean][] = [
  ['starts stopped', [], 'stopped', false],
  ['connects when started', [start], { running: 'connecting' }, false],
  ['authenticates once open', [start, opened], { running: 'authenticating' }, false],
  [
    'subscribes once authenticated',
    [start, opened, authenticated],
    { running: 'subscribing' },
    false,
  ],
  ['is live once subscribed', live, { running: 'live' }, true],
  [
    'refused channels keep it from being live',
    [...live.slice(0, 3), failed],
    { running: 'subscribing' },
    false,
  ],
  ['a loss waits', [...live, lost], { running: 'waiting' }, false],
  ['a connection that never opened waits as well', [start, lost], { running: 'waiting' }, false],
  [
    'a second report of the same end changes nothing',
    [...live, lost, lost],
    { running: 'waiting' },
    false,
  ],
  ['after the wait it connects again', [...live, lost, elapsed], { running: 'connecting' }, false],
  ['an elapsed wait means nothing while live', [...live, elapsed], { running: 'live' }, true],
  ['confirmation cannot skip authentication', [start, confirmed], { running: 'connecting' }, false],
  ['stops from live', [...live, stop], 'stopped', false],
  ['stops from the wait', [...live, lost, stop], 'stopped', false],
  ['a loss after the stop is nothing', [...live, stop, lost], 'stopped', false],
];
for (const [title, events, state, isLive] of cases) {
  machine(title, () => {
    let [snapshot] = initialTransition(venueSessionMachine);
    for (const event of events) [snapshot] = transition(venueSessionMachine, snapshot, event);
    assert.equal(snapshot.value, state);
    assert.is(snapshot.hasTag('live'), isLive);
    assert.is(snapshot.hasTag('down'), !isLive);
  });
}

machine('counts failures until the session has settled, and keeps why it was lost', () => {
  let [snapshot] = initialTransition(venueSessionMachine);
  const events = [...live, lost, elapsed, lost, elapsed, opened, limited];
  for (const event of events) [snapshot] = transition(venueSessionMachine, snapshot, event);
  assert.is(snapshot.context.failures, 3);
  assert.is(snapshot.context.lossKind, 'rate_terminated');
  for (const event of [elapsed, opened, authenticated, confirmed]) {
    [snapshot] = transition(venueSessionMachine, snapshot, event);
  }
  assert.is(snapshot.context.failures, 3);
  [snapshot] = transition(venueSessionMachine, snapshot, settled);
  assert.is(snapshot.context.failures, 0);
});

machine('entering a state asks for exactly its effect', () => {
  const [initial] = initialTransition(venueSessionMachine);
  const [connecting, actions] = transition(venueSessionMachine, initial, start);
  assert.equal(
    actions.map(({ type }) => type),
    ['openSession'],
  );
  const [, afterLoss] = transition(venueSessionMachine, connecting, lost);
  assert.ok(afterLoss.some(({ type }) => type === 'scheduleRetry'));
});

machine.run();
