/** Clause C-203: what changes does so in one order: all gates, then the durable record, then the bytes. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ExposureBook } from '../../../actors/execution/exposure.ts';
import { gateChain, gateNames } from '../../../actors/execution/gates/chain.ts';
import type { Gate } from '../../../actors/execution/gates/gate.ts';
import { note } from '../../fixtures/evidence.ts';
import { decisionOf, MemoryStream, openProposal, withRoom } from '../../fixtures/execution-room.ts';

const effects = suite('conformance: side effects');

effects(
  'C-203 every gate question comes before the record, the record before the bytes',
  async () => {
    const events: string[] = [];
    let gates: unknown;
    class Watched extends MemoryStream {
      override appendNow(records: readonly Uint8Array[]): number {
        events.push('record');
        return super.appendNow(records);
      }
    }
    await withRoom(
      (room) => {
        const { market, line } = room;
        const get = market.get.bind(market);
        market.get = (name: string) => {
          events.push('look');
          return get(name);
        };
        const order = line.order.bind(line);
        line.order = (...given: Parameters<typeof order>) => {
          events.push('bytes');
          return order(...given);
        };
        const legs = [openProposal(), openProposal({ leg_idx: 1, limit_price: '100001' })];
        assert.is(room.execution.submit(legs, decisionOf()).sent, 2);
        gates = room.ledger.facts('capsule.recorded')[0]?.payload.gates_passed;
      },
      { options: { ledger: new Watched() } },
    );
    const acts = events.filter((event) => event !== 'look');
    assert.equal(acts, ['record', 'bytes', 'bytes']);
    assert.ok(events.indexOf('look') < events.indexOf('record'));
    note('gate_order', { gates, events });
  },
);

/** Runs with every gate, change of a reservation and record told in the order it happens. */
async function traced(
  events: string[],
  work: (ledger: MemoryStream) => Promise<void>,
): Promise<void> {
  const chain = gateChain as (readonly [string, Gate])[];
  const plain = [...chain];
  for (const [at, [name, gate]] of plain.entries()) {
    const told: Gate = (intent, view) => {
      events.push(`gate ${name} ${intent.legIdx}`);
      return gate(intent, view);
    };
    chain[at] = [name, told];
  }
  const { reserve } = ExposureBook.prototype;
  ExposureBook.prototype.reserve = function (...given) {
    const [intentId, , , lots] = given;
    if (this.reservedLots(intentId) !== lots) events.push('reserve');
    reserve.apply(this, given);
  };
  class Told extends MemoryStream {
    override appendNow(records: readonly Uint8Array[]): number {
      events.push('record');
      return super.appendNow(records);
    }
  }
  try {
    await work(new Told());
  } finally {
    chain.splice(0, chain.length, ...plain);
    ExposureBook.prototype.reserve = reserve;
  }
}

effects('C-203 all gates of all legs, then reservations, one record, the bytes', () => {
  const events: string[] = [];
  return traced(events, (ledger) =>
    withRoom(
      (room) => {
        const order = room.line.order.bind(room.line);
        room.line.order = (...given: Parameters<typeof order>) => {
          events.push('bytes');
          return order(...given);
        };
        const legs = [openProposal(), openProposal({ leg_idx: 1, limit_price: '100001' })];
        assert.is(room.execution.submit(legs, decisionOf()).sent, 2);
        const asked = [0, 1].flatMap((leg) => gateNames.map((name) => `gate ${name} ${leg}`));
        const acts = ['reserve', 'reserve', 'record', 'bytes', 'bytes'];
        assert.equal(events.slice(0, asked.length + acts.length), [...asked, ...acts]);
        events.length = 0;
        const late = [openProposal(), openProposal({ leg_idx: 1, limit_price: '300000' })];
        assert.is(room.execution.submit(late, decisionOf()).sent, 0);
        assert.is(events.at(-1), 'gate price_collar 1');
        assert.ok(
          events.every((event) => event.startsWith('gate ')),
          'one leg refused: nothing was done for the other',
        );
      },
      { options: { ledger } },
    ),
  );
});

effects('C-203 bytes leave in the turn of submit, transitions are told after them', () =>
  withRoom((room) => {
    let handedAtTransition = -1;
    const { ledger, line } = room;
    const append = ledger.append.bind(ledger);
    ledger.append = (record) => {
      handedAtTransition = line.handed.length;
      return append(record);
    };
    room.execution.submit([openProposal()], decisionOf());
    assert.is(handedAtTransition, 1);
  }),
);

effects.run();
