import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  behindMsMax,
  bufferBytesMax,
  bufferBytesResume,
  LiveClient,
} from '../../../daemon/http/live/client.ts';
import { FakeSink } from '../../fixtures/system/fake-sink.ts';

const liveClient = suite('live client');

const behindUs = behindMsMax * 1_000;

function offered(client: LiveClient, offset: number, nowUs = 0): boolean {
  return client.offer({ offset, text: `${offset}` }, nowUs);
}

liveClient('at the bound there is room, one byte above there is none', () => {
  const sink = new FakeSink();
  const client = new LiveClient(sink);
  sink.bufferedBytes = bufferBytesMax;
  assert.ok(offered(client, 0));
  sink.bufferedBytes = bufferBytesMax + 1;
  assert.not.ok(offered(client, 1));
  assert.equal(sink.said, ['item 0']);
});

liveClient('the notice comes once most of the buffer has drained, before the next item', () => {
  const sink = new FakeSink();
  const client = new LiveClient(sink);
  sink.bufferedBytes = bufferBytesMax + 1;
  for (const offset of [1, 2, 3]) offered(client, offset);
  sink.bufferedBytes = bufferBytesResume + 1;
  assert.not.ok(offered(client, 4), 'not drained enough');
  sink.bufferedBytes = bufferBytesResume;
  assert.ok(offered(client, 5));
  assert.equal(sink.said, ['dropped 4', 'item 5']);
});

liveClient('a heartbeat tells about drops too, and adds nothing to a full buffer', () => {
  const sink = new FakeSink();
  const client = new LiveClient(sink);
  sink.bufferedBytes = bufferBytesMax + 1;
  offered(client, 1);
  client.heartbeat(0);
  assert.equal(sink.said, []);
  sink.bufferedBytes = 0;
  client.heartbeat(0);
  assert.equal(sink.said, ['dropped 1', 'heartbeat']);
});

liveClient(
  'behind for exactly the limit it stays, a microsecond longer it is cut, told why and how much',
  () => {
    const sink = new FakeSink();
    const client = new LiveClient(sink);
    sink.bufferedBytes = bufferBytesMax + 1;
    offered(client, 1, 5);
    offered(client, 2, 5 + behindUs);
    assert.ok(client.isOpen);
    offered(client, 3, 6 + behindUs);
    assert.not.ok(client.isOpen);
    assert.ok(client.isCut);
    assert.is(sink.said[0], 'dropped 2');
    assert.match(sink.said[1] ?? '', /^closed too slow/);
    offered(client, 4, 7 + behindUs);
    assert.is(sink.said.length, 2, 'nothing more is said');
  },
);

liveClient('one that had room in between is not cut', () => {
  const sink = new FakeSink();
  const client = new LiveClient(sink);
  sink.bufferedBytes = bufferBytesMax + 1;
  offered(client, 1, 0);
  sink.bufferedBytes = 0;
  offered(client, 2, behindUs);
  sink.bufferedBytes = bufferBytesMax + 1;
  offered(client, 3, behindUs + 1);
  offered(client, 4, behindUs * 2);
  assert.ok(client.isOpen);
});

liveClient('an orderly end says what was missed', () => {
  const sink = new FakeSink();
  const client = new LiveClient(sink);
  sink.bufferedBytes = bufferBytesMax + 1;
  offered(client, 1);
  client.close('the daemon stops');
  assert.equal(sink.said, ['dropped 1', 'closed the daemon stops']);
});

liveClient(
  'whatever the buffer does, every item is handed over or counted, and order holds',
  () => {
    const step = fc.record({
      bufferedBytes: fc.nat({ max: bufferBytesMax * 2 }),
      laterUs: fc.nat({ max: 1_000_000 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const sink = new FakeSink();
        let counted = 0;
        const client = new LiveClient(sink, () => {
          counted += 1;
        });
        let nowUs = 0;
        let offers = 0;
        for (const { bufferedBytes, laterUs } of steps) {
          if (!client.isOpen) break;
          nowUs += laterUs;
          sink.bufferedBytes = bufferedBytes;
          offered(client, offers, nowUs);
          offers += 1;
        }
        client.close('end');
        const items = sink.said.filter((text) => text.startsWith('item '));
        const told = sink.said
          .filter((text) => text.startsWith('dropped '))
          .reduce((sum, text) => sum + Number(text.slice('dropped '.length)), 0);
        const offsets = items.map((text) => Number(text.slice('item '.length)));
        assert.equal(
          offsets,
          offsets.slice().sort((a, b) => a - b),
        );
        const unheard = client.isCut ? 1 : 0;
        assert.ok(items.length + counted >= offers - unheard && items.length + counted <= offers);
        assert.ok(told <= counted && told >= counted - unheard);
      }),
    );
  },
);

liveClient.run();
