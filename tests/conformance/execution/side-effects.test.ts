/** Clause C-203: what changes does so in one order: all gates, then the durable record, then the bytes. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
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
